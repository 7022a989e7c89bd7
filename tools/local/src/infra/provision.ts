import pg from 'pg';
import { ServerUnusable } from './server-unusable.js';

export interface Login {
  readonly role: string;
  readonly password: string;
}

const MIN_VERSION = 150_000;

/** The address of `url`'s server for somebody else, on the same database or on `database`. */
export const addressFor = (url: string, { role, password }: Login, database?: string): string => {
  const address = new URL(url);
  address.username = encodeURIComponent(role);
  address.password = encodeURIComponent(password);
  if (database !== undefined) address.pathname = `/${database}`;
  return address.href;
};

const connected = async <T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
};

/** Creates what is missing, and sets the passwords of what is there: the state folder knows them. */
const keepRole = async (client: pg.Client, { role, password }: Login): Promise<void> => {
  const [name, secret] = [client.escapeIdentifier(role), client.escapeLiteral(password)];
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role]);
  await client.query(`${rowCount ? 'alter' : 'create'} role ${name} login password ${secret}`);
};

/** In a server of our own: `database` with its owner and the services' roles. Doing it again changes nothing. */
export const provision = (
  adminUrl: string,
  database: string,
  owner: Login,
  services: readonly Login[],
): Promise<void> =>
  connected(adminUrl, async (client) => {
    for (const login of [owner, ...services]) await keepRole(client, login);
    const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
    if (rowCount) return;
    await client.query(
      `create database ${client.escapeIdentifier(database)} owner ${client.escapeIdentifier(owner.role)}`,
    );
  });

/**
 * In somebody else's server: the services' roles, beside what else is in that database. Throws `ServerUnusable` when
 * the server does not answer, is too old, or the given role may not create roles and schemas.
 */
export const provisionForeign = async (url: string, services: readonly Login[]): Promise<void> => {
  const refuse = (why: string, cause?: unknown): never => {
    throw new ServerUnusable(`DATABASE_URL cannot be used: ${why}`, { cause });
  };
  if (!/^postgres(ql)?:\/\//.test(url)) refuse('it is not a postgres:// address');
  await connected(url, async (client) => {
    const { rows } = await client.query<{
      version: number;
      roles: boolean;
      schemas: boolean;
      user: string;
      database: string;
    }>(
      `select current_setting('server_version_num')::int as version, rolsuper or rolcreaterole as roles,
              has_database_privilege(current_database(), 'CREATE') as schemas, current_user as user, current_database() as database
       from pg_roles where rolname = current_user`,
    );
    const [facts] = rows;
    if (!facts) return refuse('the server does not say who we are');
    if (facts.version < MIN_VERSION)
      refuse(`PostgreSQL 15 or newer is needed, it runs ${Math.floor(facts.version / 10_000)}`);
    if (!facts.roles) refuse(`the role ${facts.user} needs CREATEROLE: every service gets a role of its own`);
    if (!facts.schemas)
      refuse(`the role ${facts.user} needs CREATE on the database ${facts.database}: every service gets a schema`);
    for (const login of services) await keepRole(client, login);
  }).catch((error: unknown) => {
    if (error instanceof ServerUnusable) throw error;
    refuse(reasonOf(error), error);
  });
};

const reasonOf = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
};

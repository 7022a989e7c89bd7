import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { identifier } from './connection.js';
import type { Log } from './log.js';

/** Migrations that are numbered among themselves. A plain URL is the set `service`. */
export type MigrationFolder = URL | { readonly set: string; readonly url: URL };

export interface MigrateOptions {
  /** A role that owns the schema, or may create it. */
  readonly ownerUrl: string;
  readonly schema: string;
  /** What the service connects as. Created when it is missing and the owner may create roles. */
  readonly role: string;
  /** Folders of `0001_<name>.sql` files; the store's own come first by themselves. */
  readonly folders?: readonly MigrationFolder[];
  readonly log?: Log;
}

/** A database that these migrations must not touch, or may not; the message says what a person should do. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused';
  readonly code = 'migration-refused';
}

interface Migration {
  readonly set: string;
  readonly number: number;
  readonly file: string;
  readonly sql: string;
  readonly hash: string;
}

const OWN: MigrationFolder = { set: 'event_store', url: new URL('../src/migrations/', import.meta.url) };

/** Written through the append function alone, and what `migrate` itself keeps. */
const GUARDED = ['store', 'streams', 'event_ids', 'events', 'inbox', 'migrations'];
const GUARDED_FUNCTIONS = ['add_partition', 'refuse_change'];

/**
 * Brings a schema to the newest migration: forward only, each file once and in its own transaction, any number of
 * processes at once. Creates schema and role where it may, and grants the role what a service needs: it reads the event
 * tables, writes them through `append` alone, and owns nothing. Doing it again changes nothing.
 * Throws `MigrationRefused` when a file was edited after it was applied, a number is missing, or a right is.
 */
export const migrate = async ({ ownerUrl, schema, role, folders = [], log }: MigrateOptions): Promise<void> => {
  const sets = await Promise.all([OWN, ...folders].map(readFolder));
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query(`select pg_advisory_lock(hashtextextended('migrate ' || $1, 0))`, [schema]);
    await createSchema(client, schema);
    await client.query(`set search_path = ${identifier(schema)}, pg_temp`);
    await client.query(`create table if not exists migrations (
      set text, number int, file text not null, hash text not null, applied_at timestamptz not null default now(),
      constraint migration_applied_twice primary key (set, number))`);
    for (const set of sets) await applySet(client, set, schema, log);
    await createRole(client, role);
    await grant(client, schema, role);
  } finally {
    await client.end();
  }
};

const readFolder = async (folder: MigrationFolder): Promise<readonly Migration[]> => {
  const { set, url } = folder instanceof URL ? { set: 'service', url: folder } : folder;
  const files = (await readdir(url)).filter((file) => file.endsWith('.sql')).toSorted();
  return Promise.all(
    files.map(async (file, index) => {
      const number = Number(/^(\d{4})_[a-z0-9_]+\.sql$/.exec(file)?.[1]);
      if (number !== index + 1) {
        throw new MigrationRefused(`${fileURLToPath(url)}: ${file} should be number ${index + 1}, as 0001_name.sql`);
      }
      const sql = await readFile(new URL(file, url), 'utf8');
      return { set, number, file, sql, hash: createHash('sha256').update(sql).digest('hex') };
    }),
  );
};

const applySet = async (client: pg.Client, set: readonly Migration[], schema: string, log?: Log): Promise<void> => {
  const [first] = set;
  if (!first) return;
  const { rows } = await client.query<{ number: number; file: string; hash: string }>(
    'select number, file, hash from migrations where set = $1 order by number',
    [first.set],
  );
  for (const applied of rows) {
    const migration = set[applied.number - 1];
    // A newer version was here and this one was rolled back to: migrations are written so that the previous version runs on.
    if (!migration) log?.warn({ schema, file: applied.file }, 'the schema is newer than this version');
    else if (migration.hash !== applied.hash) {
      throw new MigrationRefused(
        `${schema}: ${migration.file} was edited after it was applied; add a new migration instead`,
      );
    }
  }
  for (const migration of set.slice(rows.length)) {
    await client.query('begin');
    try {
      await client.query(migration.sql);
      await client.query('insert into migrations (set, number, file, hash) values ($1, $2, $3, $4)', [
        migration.set,
        migration.number,
        migration.file,
        migration.hash,
      ]);
      await client.query('commit');
    } catch (cause) {
      await client.query('rollback').catch(() => undefined);
      throw new Error(`${schema}: applying ${migration.file}`, { cause });
    }
    log?.info({ schema, set: migration.set, file: migration.file }, 'migrated');
  }
};

const createSchema = async (client: pg.Client, schema: string): Promise<void> => {
  const { rowCount } = await client.query('select from pg_namespace where nspname = $1', [schema]);
  if (rowCount) return;
  await permitted(client.query(`create schema ${identifier(schema)}`), `create schema ${identifier(schema)}`);
};

const createRole = async (client: pg.Client, role: string): Promise<void> => {
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role]);
  if (rowCount) return;
  // Roles belong to the whole cluster: another database's migration may create the same one at this moment.
  const create = `do $$ begin create role ${identifier(role)} login; exception when duplicate_object or unique_violation then null; end $$`;
  await permitted(client.query(create), `create role ${identifier(role)} login`);
};

const permitted = async (work: Promise<unknown>, statement: string): Promise<void> => {
  try {
    await work;
  } catch (cause) {
    if ((cause as { code?: string }).code !== '42501') throw cause;
    throw new MigrationRefused(`the migration role may not do this; let an administrator run: ${statement}`, { cause });
  }
};

/**
 * Partitions need no grants: whoever reads or writes through the parent is checked there, and what was detached is an
 * archive. What has the trigger `append_only` the role may add to; the trigger stops everybody else.
 */
const grant = async (client: pg.Client, schema: string, role: string): Promise<void> => {
  const [s, r] = [identifier(schema), identifier(role)];
  const { rows: tables } = await client.query<{ name: string; guarded: boolean; grows: boolean }>(
    `select quote_ident(relname) as name, relname = any($2) as guarded,
       exists (select from pg_trigger where tgrelid = pg_class.oid and tgname = 'append_only') as grows from pg_class
     where relnamespace = $1::regnamespace and relkind in ('r', 'p', 'v', 'm') and not relispartition
       and relname !~ '^events_from_[0-9]+$'`,
    [s, GUARDED],
  );
  const { rows: functions } = await client.query<{ name: string }>(
    `select oid::regprocedure::text as name from pg_proc
     where pronamespace = $1::regnamespace and prokind <> 'a' and proname <> all($2)`,
    [s, GUARDED_FUNCTIONS],
  );
  const own = tables.filter((table) => !table.guarded).map((table) => table.name);
  const changing = tables.filter((table) => !table.guarded && !table.grows).map((table) => table.name);
  const statements = [
    `grant usage on schema ${s} to ${r}`,
    `revoke all on all routines in schema ${s} from public`,
    `grant select on ${tables.map((table) => table.name).join(', ')} to ${r}`,
    `grant insert on ${own.join(', ')} to ${r}`,
    `grant update, delete on ${changing.join(', ')} to ${r}`,
    `grant usage, select on all sequences in schema ${s} to ${r}`,
    `grant execute on function ${functions.map((f) => f.name).join(', ')} to ${r}`,
  ];
  await client.query(['begin', ...statements, 'commit'].join(';\n'));
};

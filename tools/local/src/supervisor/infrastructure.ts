import { checkForeignNats, natsAddressOf } from '../infra/foreign-nats.js';
import { findNatsServer, type NatsUser, startNats } from '../infra/nats.js';
import { dataDirFor, startPostgres } from '../infra/postgres.js';
import { freePort } from '../infra/processes.js';
import { addressFor, type Login, provision, provisionForeign } from '../infra/provision.js';
import { SERVICES, type ServiceName } from '../ingress/routes.js';
import { Keeper, type Part } from './keeper.js';
import type { Secrets } from './secrets.js';
import type { StateFolder } from './state-folder.js';

/** How services reach one of the two servers, and who keeps it alive when it is ours. */
export interface Backing {
  readonly keeper: Keeper | undefined;
  environmentOf(service: ServiceName): Record<string, string>;
}

type Say = (line: string) => void;

const DATABASE = 'managed_os';
const OWNER = 'managed_os_owner';

export const openDatabase = async (
  given: string | undefined,
  folder: StateFolder,
  secrets: Secrets,
  said: Say,
): Promise<Backing> => {
  const owner: Login = { role: OWNER, password: secrets.databaseOwner };
  const loginOf = (service: ServiceName): Login => ({
    role: `mos_${service}`,
    password: secrets.databasePasswords[service],
  });
  const logins = SERVICES.map(loginOf);
  if (given !== undefined) {
    await provisionForeign(given, logins);
    return {
      keeper: undefined,
      environmentOf: (service) => ({
        DATABASE_URL: addressFor(given, loginOf(service)),
        MIGRATION_DATABASE_URL: given,
      }),
    };
  }
  const port = await freePort();
  let url = '';
  const keeper = new Keeper({
    name: 'postgresql',
    said,
    async start() {
      const postgres = await startPostgres({
        dataDir: dataDirOf(folder),
        logFile: folder.logFile('postgresql'),
        port,
        password: secrets.databaseAdmin,
        durable: true,
        progress: said,
      });
      url = postgres.url;
      return postgres;
    },
  });
  await keeper.begin();
  await provision(url, DATABASE, owner, logins).catch(async (error: unknown) => {
    await keeper.stop();
    throw error;
  });
  return {
    keeper,
    environmentOf: (service) => ({
      DATABASE_URL: addressFor(url, loginOf(service), DATABASE),
      MIGRATION_DATABASE_URL: addressFor(url, owner, DATABASE),
    }),
  };
};

export const dataDirOf = (folder: StateFolder): string => dataDirFor(folder.path);

/** What each service's user may do on the bus. */
export type PermissionsOf = (service: ServiceName) => NonNullable<NatsUser['permissions']>;

export const openBus = async (
  given: string | undefined,
  folder: StateFolder,
  secrets: Secrets,
  permissionsOf: PermissionsOf,
  said: Say,
): Promise<Backing> => {
  if (given !== undefined) {
    const { url, user, password } = natsAddressOf(given);
    await checkForeignNats({ url, ...(user ? { user } : {}), ...(password ? { password } : {}) });
    return {
      keeper: undefined,
      environmentOf: () => ({
        NATS_URL: url,
        ...(user ? { NATS_USER: user } : {}),
        ...(password ? { NATS_PASSWORD: password } : {}),
      }),
    };
  }
  const binary = await findNatsServer(said);
  const [port, monitorPort] = [await freePort(), await freePort()];
  const users = SERVICES.map((service) => ({
    user: service,
    password: secrets.natsPasswords[service],
    permissions: permissionsOf(service),
  }));
  const part: Part = {
    name: 'nats',
    said,
    start: () =>
      startNats({
        binary,
        folder: folder.file('nats'),
        logFile: folder.logFile('nats'),
        port,
        monitorPort,
        durable: true,
        users,
      }),
  };
  const keeper = new Keeper(part);
  await keeper.begin();
  return {
    keeper,
    environmentOf: (service) => ({
      NATS_URL: `nats://127.0.0.1:${port}`,
      NATS_USER: service,
      NATS_PASSWORD: secrets.natsPasswords[service],
    }),
  };
};

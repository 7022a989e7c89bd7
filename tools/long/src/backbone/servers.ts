import path from 'node:path';
import { deadlines, updates } from '@managed-os/contracts';
import { migrationsOfBus, natsPermissions } from '@managed-os/event-bus';
import { migrate } from '@managed-os/event-store';
import { findNatsServer, freePort, type NatsUser, startNats, startPostgres } from '@managed-os/local/servers';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import pg from 'pg';
import { Victim } from './victim.js';

export interface Servers {
  readonly postgres: Victim;
  readonly postgresPort: number;
  readonly nats: readonly Victim[];
  readonly natsPorts: readonly number[];
}

export const DATABASE = 'backbone';
/** The auditor's way in: to PostgreSQL as superuser, to NATS as somebody who may do everything. */
export const AUDITOR: NatsUser = { user: 'auditor', password: 'auditor' };
const SERVICES = [
  { user: 'deadlines', password: 'deadlines', permissions: natsPermissions('deadlines', deadlines) },
  { user: 'progress', password: 'progress', permissions: natsPermissions('progress', updates) },
];

/** PostgreSQL with fsync and NATS with `sync_interval: always`, or a cluster of it; each on the same data after each start. */
export const startServers = async (
  folder: string,
  nodes: number,
  said: (line: string) => void,
  undo: (() => Promise<unknown>)[],
): Promise<Servers> => {
  const postgresPort = await freePort();
  const postgres = new Victim({
    name: 'postgres',
    said,
    start: () =>
      startPostgres({
        dataDir: path.join(folder, 'pg'),
        logFile: path.join(folder, 'postgres.log'),
        port: postgresPort,
        durable: true,
      }),
  });
  const binary = await findNatsServer(said);
  const ports = await Promise.all(
    Array.from({ length: nodes }, async () => [await freePort(), await freePort(), await freePort()] as const),
  );
  const nats = ports.map(([port, monitorPort, clusterPort], index) => {
    const name = nodes === 1 ? 'nats' : `nats-${index + 1}`;
    return new Victim({
      name,
      said,
      start: () =>
        startNats({
          binary,
          folder: path.join(folder, name),
          logFile: path.join(folder, `${name}.log`),
          port,
          monitorPort,
          durable: true,
          users: [AUDITOR, ...SERVICES],
          ...(nodes > 1 && {
            cluster: { cluster: 'backbone', node: name, port: clusterPort, ports: ports.map((each) => each[2]) },
          }),
        }),
    });
  });
  for (const victim of [postgres, ...nats]) undo.push(() => victim.stop());
  await Promise.all([postgres, ...nats].map((victim) => victim.begin()));
  await provision(urlOf(postgresPort));
  return { postgres, postgresPort, nats, natsPorts: ports.map(([port]) => port) };
};

/** The auditor's own connections, which no sabotage touches but that of the servers. */
export const enter = async (
  { postgresPort, natsPorts }: Servers,
  undo: (() => Promise<unknown>)[],
): Promise<{ readonly pool: pg.Pool; readonly connection: NatsConnection }> => {
  const pool = new pg.Pool({ connectionString: urlOf(postgresPort), max: 6 })
    .on('connect', (client) => void client.on('error', () => undefined))
    .on('error', () => undefined);
  undo.push(() => pool.end());
  const connection = await connect({
    servers: natsPorts.map((port) => `127.0.0.1:${port}`),
    user: AUDITOR.user,
    pass: AUDITOR.password,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
  });
  undo.push(() => connection.close());
  return { pool, connection };
};

/** A database address; as superuser, on `backbone`, unless told otherwise. */
export const urlOf = (port: number, { role = 'postgres', database = DATABASE } = {}): string =>
  `postgres://${role}@127.0.0.1:${port}/${database}`;

const provision = async (ownerUrl: string): Promise<void> => {
  const server = new URL(ownerUrl);
  server.pathname = '/postgres';
  const client = new pg.Client({ connectionString: server.toString() });
  await client.connect();
  await client.query(`create database ${DATABASE}`);
  await client.end();
  const folders = [migrationsOfBus, new URL('./migrations/', import.meta.url)];
  for (const schema of ['deadlines', 'progress']) await migrate({ ownerUrl, schema, role: `mos_${schema}`, folders });
};

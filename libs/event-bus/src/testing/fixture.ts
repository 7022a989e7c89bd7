import { type AnyEvent, type Codec, deadlines, type DeadlinesEvent } from '@managed-os/contracts';
import { type Cause, type Log, openPool, PgEventStore } from '@managed-os/event-store';
import { createTestDatabase, type TestDatabase, testDatabaseUrl } from '@managed-os/event-store/testing';
import { instant, reactionId, SystemClock } from '@managed-os/kernel';
import type { NatsConnection } from '@nats-io/transport-node';
import pg from 'pg';
import { connectBus } from '../connect-bus.js';
import { migrationsOfBus } from '../migrations.js';
import { mac } from './events.js';
import { startTestNats, type TestNats, type TestUser } from './nats-server.js';

export const { real } = new SystemClock();

/** Log lines are kept for the test to look at. */
export interface KeptLog extends Log {
  readonly lines: readonly { readonly level: string; readonly message: string; readonly facts: object }[];
}

export const keepLog = (): KeptLog => {
  const lines: { level: string; message: string; facts: object }[] = [];
  const at = (level: string) => (facts: object, message: string) => void lines.push({ level, message, facts });
  return { lines, info: at('info'), warn: at('warn'), error: at('error') };
};

export const cause = (seed: string): Cause => ({
  correlationId: mac(9_000_000),
  actor: 'test',
  time: instant(1_663_000_000_000),
  idOf: (index) => reactionId(seed, index),
});

/** A store, its service's pool and a NATS server of their own. */
export interface BusFixture {
  readonly nats: TestNats;
  /** Another one after `restore`. */
  readonly pool: pg.Pool;
  readonly store: PgEventStore<DeadlinesEvent>;
  /** Where that store is, for a process of its own. */
  readonly address: { readonly databaseUrl: string; readonly schema: string };
  /** The same store as a process of another version writes and reads it. */
  storeOf(codec: Codec): PgEventStore<AnyEvent>;
  connect(name?: string, user?: { readonly user: string; readonly pass: string }): Promise<NatsConnection>;
  /** Keeps a copy of the database as it is. Nobody else may be connected: `store` and `pool` are new ones afterwards. */
  dump(): Promise<void>;
  /** Puts that copy in the database's place. As `dump`. */
  restore(): Promise<void>;
  /** Appends one event per entry, each as an append of its own. */
  append(...events: readonly DeadlinesEvent[]): Promise<void>;
  close(): Promise<void>;
}

let appended = 0;

export const openFixture = async (users: readonly TestUser[] = []): Promise<BusFixture> => {
  const [nats, database] = await Promise.all([
    startTestNats(users),
    createTestDatabase({ schema: 'deadlines', folders: [migrationsOfBus] }),
  ]);
  let [pool, store] = openStore(database);
  const shut = async (): Promise<void> => {
    await store.close();
    await pool.end();
  };
  const copy = async (from: string, to: string): Promise<void> => {
    await shut();
    await asAdmin(`drop database if exists ${to} with (force)`, `create database ${to} template ${from}`);
    [pool, store] = openStore(database);
  };
  const own = new URL(database.ownerUrl).pathname.slice(1);
  const dumped = `${own}_dump`;
  const connections: NatsConnection[] = [];
  const others: PgEventStore<AnyEvent>[] = [];
  return {
    nats,
    address: database,
    get pool() {
      return pool;
    },
    get store() {
      return store;
    },
    storeOf(codec) {
      const other = new PgEventStore({ ...optionsOf(database), codec });
      others.push(other);
      return other;
    },
    dump: () => copy(own, dumped),
    restore: () => copy(dumped, own),
    async connect(name = 'test', user) {
      const connection = await connectBus({ servers: nats.url, name, ...user });
      connections.push(connection);
      return connection;
    },
    async append(...events) {
      await Promise.all(
        events.map((event) => {
          appended += 1;
          const token = 'deviceId' in event ? event.deviceId : mac(0);
          return store.append({
            stream: `obligations-${token}`,
            expected: 'any',
            events: [event],
            cause: cause(`append ${process.pid} ${appended}`),
          });
        }),
      );
    },
    async close() {
      await Promise.all(connections.map((connection) => connection.close()));
      await nats.stop();
      await Promise.all(others.map((other) => other.close()));
      await shut();
      await asAdmin(`drop database if exists ${dumped} with (force)`);
      await database.drop();
    },
  };
};

const asAdmin = async (...statements: readonly string[]): Promise<void> => {
  const client = new pg.Client({ connectionString: testDatabaseUrl() });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
};

const optionsOf = ({ databaseUrl, schema }: TestDatabase) => ({
  databaseUrl,
  schema,
  context: deadlines,
  clockReal: real,
});

const openStore = (database: TestDatabase): [pg.Pool, PgEventStore<DeadlinesEvent>] => {
  const pool = openPool({ connectionString: database.databaseUrl, max: 10 });
  return [pool, new PgEventStore<DeadlinesEvent>(optionsOf(database))];
};

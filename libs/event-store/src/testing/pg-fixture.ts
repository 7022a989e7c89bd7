import type { LibraryEvent } from '@managed-os/contracts';
import pg from 'pg';
import type { PgEventStore } from '../pg-event-store.js';
import { libraryStore, type LibraryStoreOptions } from './library-store.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';

/** A database with a store of the library's events, a superuser's connection beside it, and an end to all of them. */
export class PgFixture {
  private readonly closing: (() => Promise<unknown>)[] = [];

  private constructor(
    readonly database: TestDatabase,
    /** As superuser, the search path naming the schema. */
    readonly owner: pg.Client,
  ) {}

  static async open(): Promise<PgFixture> {
    const database = await createTestDatabase({ schema: 'library' });
    const fixture = new PgFixture(database, await fixtureClient(database.ownerUrl));
    await fixture.owner.query('set search_path = library');
    return fixture;
  }

  store(options: Partial<LibraryStoreOptions> = {}): PgEventStore<LibraryEvent> {
    const { databaseUrl, schema } = this.database;
    const store = libraryStore({ databaseUrl, schema, ...options });
    this.onClose(() => store.close());
    return store;
  }

  /** As the service's role. */
  async client(): Promise<pg.Client> {
    const client = await fixtureClient(this.database.databaseUrl);
    this.onClose(() => client.end());
    return client;
  }

  /** As on the first day, in a few milliseconds: what no role but a superuser can do, and no code but a test's may. */
  async empty(): Promise<void> {
    await this.owner
      .query(`begin; set local session_replication_role = replica; truncate events, event_ids, inbox, streams, checkpoints, rebuilds;
      update store set last_time = default, last_position = 0; commit`);
  }

  /** Partitions of so many positions, from the first on. */
  async partitionBy(size: number): Promise<void> {
    await this.owner.query(`drop table events_from_0`);
    await this.owner.query('update store set partitioned_to = 0, partition_size = $1', [size]);
  }

  onClose(close: () => Promise<unknown>): void {
    this.closing.unshift(close);
  }

  async close(): Promise<void> {
    for (const close of this.closing.splice(0)) await close();
    await this.owner.end();
    await this.database.drop();
  }
}

const fixtureClient = async (connectionString: string): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  return client;
};

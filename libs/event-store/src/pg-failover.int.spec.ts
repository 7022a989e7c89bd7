import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Envelope, LibraryEvent } from '@managed-os/contracts';
import { realTime } from '@managed-os/kernel';
import type { PgEventStore } from './pg-event-store.js';
import { append, newStream, once, readAll } from './testing/contract/given.js';
import { expectWritten, trail } from './testing/contract/trail.js';
import { type Answer, nameOf, write, type Writing } from './testing/contract/writing.js';
import { libraryStore } from './testing/library-store.js';
import { startTestPostgres, type TestPostgres } from './testing/pg-server.js';
import { TcpProxy } from './testing/tcp-proxy.js';
import { createTestDatabase } from './testing/test-database.js';

const SCHEMA = 'library';
const PATIENCE = 120_000;

describe('a primary and its synchronous standby', () => {
  let primary: TestPostgres;
  let standby: TestPostgres;
  /** What services know as the database's address: it leads to one of the two. */
  let address: TcpProxy;
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    primary = await startTestPostgres();
    standby = await primary.standby();
  }, PATIENCE);
  beforeEach(async () => {
    const database = await createTestDatabase({ schema: SCHEMA, server: primary.url });
    address = await TcpProxy.open(database.databaseUrl);
    closing.push(() => address.close());
  });
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });
  afterAll(async () => {
    await standby?.remove();
    await primary?.remove();
  });

  const open = (): PgEventStore<LibraryEvent> => {
    const store = libraryStore({ databaseUrl: address.url, schema: SCHEMA });
    closing.push(() => store.close());
    return store;
  };
  /** What a standby confirmed it has on disk; readers see it a moment later. */
  const standbyShowsAll = async (): Promise<void> => {
    while (!(await standby.ask('pg_last_wal_replay_lsn() = pg_last_wal_receive_lsn()')));
  };

  it('while the address leads to the standby, reads work and the outcome of an append is unknown: read-only is the world, not the append', async () => {
    const store = open();
    const before = append({ once: once() });
    await store.append(before);
    address.turnTo(standby.url);
    await standbyShowsAll();

    expect(await open().readStream(before.stream)).toHaveLength(1);
    expect(await open().epoch()).toBe(await store.epoch());
    const requests = Array.from({ length: 4 }, () => append({ once: once() }));
    const answers = async () => {
      const settled = await Promise.allSettled(requests.map((request) => store.append(request)));
      return settled.map((s) => (s.status === 'rejected' ? [s.reason.code, s.reason.cause.code] : s.value.kind));
    };
    const heard: unknown[] = [];
    while (heard.at(-1) !== '25006') heard.push(...(await answers()).flat()); // first of the connection that was cut
    expect(heard).not.toContain('done');
    expect(heard).not.toContain('refused-append');
    await store.changed(); // cannot listen there, and wakes all the same

    address.turnTo(primary.url);
    while ((await answers()).some((answer) => answer !== 'duplicate'));
    expect(await store.lastPosition()).toBe(10n);
  });

  it(
    'the primary is killed and the standby promoted while writers write: nothing that was done is lost, nothing is there twice, and the store goes on by itself',
    async () => {
      const stores = [open(), open()];
      const [store] = stores as [PgEventStore<LibraryEvent>];
      const epoch = await store.epoch();
      const writing: Writing = {
        writers: Array.from({ length: 16 }, (_, n) => `writer ${n}`),
        each: 60,
        streams: Array.from({ length: 24 }, newStream),
      };
      const answers: Answer[] = [];
      const written = Promise.all(
        stores.map((by, half) =>
          write(by, { ...writing, writers: writing.writers.filter((_, n) => n % 2 === half) }, (answer) =>
            answers.push(answer),
          ),
        ),
      );
      const reader = trail(open(), () => true);
      const until = async (reached: () => boolean): Promise<void> => {
        while (!reached()) await realTime.sleep(5);
      };
      const done = (): readonly Answer[] => answers.filter((answer) => answer.kind === 'done');

      await until(() => done().length >= 200);
      await primary.kill();
      const doneBefore = done();
      expect(doneBefore.length).toBeLessThan(16 * 60);
      address.turnTo(standby.url);
      await until(() => answers.some((answer) => answer.code === '25006'));
      await standbyShowsAll();
      const kept = new Set((await readAll(open())).map(({ envelope }) => nameIn(envelope)));
      expect(doneBefore.filter(({ writer, n }) => !kept.has(nameOf(writer, n)))).toEqual([]);

      expect(await standby.ask('pg_promote()')).toBe(true);
      await written;
      expectWritten(await reader.end(), writing);
      expect(await store.verify()).toMatchObject({ faults: [] });
      expect(answers.filter((answer) => answer.kind !== 'unknown')).toHaveLength(16 * 60);
      expect(await open().epoch()).toBe(epoch);
      const changed = store.changed();
      await open().append(append());
      await changed;
    },
    PATIENCE,
  );
});

const nameIn = ({ data }: Envelope): string => ('name' in data ? String(data.name) : '');

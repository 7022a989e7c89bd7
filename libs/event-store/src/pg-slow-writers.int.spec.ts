import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LibraryEvent } from '@managed-os/contracts';
import type pg from 'pg';
import type { PgEventStore } from './pg-event-store.js';
import { call } from './testing/call.js';
import { append, newId, newStream, once } from './testing/contract/given.js';
import { trail } from './testing/contract/trail.js';
import { type Answer, write, type Writing } from './testing/contract/writing.js';
import { PgFixture } from './testing/pg-fixture.js';

const SLOW = ['library_item-slow', 'library_item-slower'];

describe('a writer that appended and does not commit', () => {
  let fixture: PgFixture;
  let store: PgEventStore<LibraryEvent>;
  let other: PgEventStore<LibraryEvent>;
  let slow: pg.Client;
  beforeEach(async () => {
    fixture = await PgFixture.open();
    [store, other] = [fixture.store(), fixture.store()];
    await store.append(append({ once: once() })); // positions 1 and 2
    slow = await fixture.client();
    await slow.query('begin');
    const { rows } = await slow.query(call({ stream: SLOW })); // positions 3 and 4
    expect(rows).toEqual([
      { outcome: 'done', revision: '1' },
      { outcome: 'done', revision: '1' },
    ]);
  });
  afterEach(() => fixture.close());

  const writing: Writing = {
    writers: Array.from({ length: 8 }, (_, n) => `writer ${n}`),
    each: 6,
    streams: Array.from({ length: 5 }, newStream),
  };
  /** Half of the writers by either store, as two processes would. */
  const writeByBoth = (answered: (answer: Answer) => void = () => undefined): Promise<unknown> =>
    Promise.all(
      [store, other].map((by, half) =>
        write(by, { ...writing, writers: writing.writers.filter((_, n) => n % 2 === half) }, answered),
      ),
    );
  const othersWait = async (): Promise<void> => {
    const waiting = async (): Promise<number> =>
      (
        await fixture.owner.query(
          `select count(*)::int as n from pg_locks join pg_database d on d.oid = database
           where d.datname = current_database() and locktype = 'advisory' and not granted`,
        )
      ).rows[0].n;
    while ((await waiting()) < 2); // a batch of each store
  };
  const positions = async (): Promise<readonly bigint[]> =>
    (
      await fixture.owner.query<{ position: string }>(
        'select position from events union all select position from inbox order by position',
      )
    ).rows.map((row) => BigInt(row.position));
  const upTo = (n: bigint): readonly bigint[] => Array.from({ length: Number(n) }, (_, index) => BigInt(index + 1));
  const own = 8n * 6n + 8n * 4n; // events and messages of `writing`

  it('is not overtaken: nobody sees its positions or later ones before it commits, and a trailing reader misses none', async () => {
    const reader = trail(fixture.store());
    const answers: Answer[] = [];
    const written = writeByBoth((answer) => answers.push(answer));
    await othersWait();
    expect(answers).toEqual([]);
    expect((await store.readLog(0n, 10)).map((entry) => entry.position)).toEqual([2n]);
    expect(await other.lastPosition()).toBe(2n);
    expect(await store.readStream(SLOW[0] ?? '')).toEqual([]);

    await slow.query('commit');
    await written;
    expect(new Set(answers.map((answer) => answer.kind))).toEqual(new Set(['done']));
    const seen = await reader.end();
    expect(seen.filter((entry) => SLOW.includes(entry.envelope.subject)).map((entry) => entry.position)).toEqual([
      3n,
      4n,
    ]);
    // Position 1 is a message without an envelope, which no reader asks for.
    expect(seen.map((entry) => entry.position)).toEqual(upTo(4n + own).slice(1));
  });

  it('keeps the others waiting 10 s at most: they are told that the outcome is unknown, and a repeat loses nothing', async () => {
    const requests = Array.from({ length: 6 }, () => append({ expected: 'no-stream', once: once() }));
    const settled = await Promise.allSettled(requests.map((request, n) => (n % 2 ? store : other).append(request)));
    expect(settled.map((s) => s.status === 'rejected' && [s.reason.code, s.reason.cause.code])).toEqual(
      requests.map(() => ['outcome-unknown', '55P03']),
    );
    await slow.query('commit');
    const repeated = await Promise.all(requests.map((request, n) => (n % 2 ? other : store).append(request)));
    expect(repeated).toEqual(requests.map(() => ({ kind: 'done', revision: 1n })));
    expect(await positions()).toEqual(upTo(16n));
  });

  it.each<[string, () => Promise<unknown>]>([
    ['rolls back', () => slow.query('rollback')],
    ['is terminated', async () => fixture.owner.query('select pg_terminate_backend($1)', [await pidOf(slow)])],
    ['hangs up', () => slow.end()],
    [
      'fails at its next append',
      () => slow.query(call({ id: [newId()], data: ['{'] })).catch(() => slow.query('rollback')),
    ],
  ])('leaves no gap when it %s', async (_, die) => {
    const reader = trail(fixture.store());
    const written = writeByBoth();
    await othersWait();
    await die();
    await written;
    expect((await reader.end()).map((entry) => entry.position)).toEqual(upTo(2n + own).slice(1));
    expect(await positions()).toEqual(upTo(2n + own));
    for (const stream of SLOW)
      expect(await store.append(append({ stream, expected: 'no-stream' }))).toMatchObject({ kind: 'done' });
  });
});

const pidOf = async (client: pg.Client): Promise<number> =>
  (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid ?? 0;

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LibraryEvent } from '@managed-os/contracts';
import { StreamArchived } from './errors.js';
import type { PgEventStore } from './pg-event-store.js';
import { added, append, names, newStream, once, readAll, renamed } from './testing/contract/given.js';
import { PgFixture } from './testing/pg-fixture.js';

describe('partitions of the log', () => {
  let fixture: PgFixture;
  let store: PgEventStore<LibraryEvent>;
  beforeEach(async () => {
    fixture = await PgFixture.open();
    await fixture.partitionBy(20);
    store = fixture.store();
  });
  afterEach(() => fixture.close());

  const partitions = async (): Promise<number> =>
    Number(
      (await fixture.owner.query(`select count(*) from pg_inherits where inhparent = 'events'::regclass`)).rows[0]
        .count,
    );

  it('roll over while many write and one trails', async () => {
    const other = fixture.store();
    const streams = Array.from({ length: 5 }, newStream);
    let writing = true;
    const seen: bigint[] = [];
    const reader = (async () => {
      while (writing || (seen.at(-1) ?? 0n) < (await store.lastPosition())) {
        seen.push(...(await other.readLog(seen.at(-1) ?? 0n, 30)).map((entry) => entry.position));
      }
    })();
    await Promise.all(
      Array.from({ length: 16 }, async (_, writer) => {
        for (let n = 0; n < 12; n++)
          await (n % 2 ? store : other).append(append({ stream: streams[(writer + n) % 5] ?? '' }));
      }),
    );
    writing = false;
    await reader;
    expect(seen).toEqual(Array.from({ length: 192 }, (_, n) => BigInt(n + 1)));
    expect(await partitions()).toBeGreaterThanOrEqual(10);
    for (const stream of streams) {
      const revisions = (await store.readStream(stream)).map((e) => Number(e.revision));
      expect(revisions).toEqual(revisions.map((_, n) => n + 1));
      expect((await store.load(stream, names)).revision).toBe(BigInt(revisions.length));
    }
  });

  it('one append may span several', async () => {
    const stream = newStream();
    await store.append(append({ stream, events: Array.from({ length: 95 }, () => added()), once: once() }));
    expect(await store.readStream(stream)).toHaveLength(95);
    expect(await readAll(store)).toHaveLength(95);
  });

  it('one is always ahead of the log', async () => {
    for (let n = 0; n < 60; n++) {
      await store.append(append());
      const { rows } = await fixture.owner.query('select partitioned_to - last_position as left from store');
      expect(Number(rows[0].left)).toBeGreaterThan(10);
    }
  });

  it('neither a long reading transaction nor maintenance of the table holds writers up', async () => {
    await store.append(append());
    await fixture.owner.query(
      'begin; select count(*) from events; lock table only events in share update exclusive mode',
    );
    for (let n = 0; n < 15; n++) await store.append(append());
    expect(await partitions()).toBe(1);
    await fixture.owner.query('commit; begin isolation level repeatable read; select count(*) from events');
    for (let n = 0; n < 40; n++) await store.append(append());
    // Counted by another session: this one's snapshot is from before.
    const { rows } = await (
      await fixture.client()
    ).query(`select count(*) from pg_inherits where inhparent = 'events'::regclass`);
    expect(Number(rows[0].count)).toBeGreaterThan(2);
    expect((await fixture.owner.query('select count(*) from events')).rows[0].count).toBe('16');
    await fixture.owner.query('commit');
  });

  it('a load leaves those alone that were full before the books were closed', async () => {
    const stream = newStream();
    await store.append(append({ stream, events: [added('a')] }));
    for (let n = 0; n < 50; n++) await store.append(append());
    await store.append(append({ stream, events: [renamed('closed')] }));
    const { rows } = await fixture.owner.query(
      `explain (analyze, format json) select * from events where stream = $1 and position >= (select open_position from streams where stream = $1)`,
      [stream],
    );
    expect(JSON.stringify(rows)).toContain('"Actual Loops":0');
    expect(JSON.stringify(rows).match(/"Actual Loops":0/g)?.length).toBeGreaterThanOrEqual(2);
    expect(await store.load(stream, names)).toEqual({ state: ['closed'], revision: 2n });
  });

  it('a stream whose beginning was archived is not loaded without it', async () => {
    const stream = newStream();
    await store.append(append({ stream, events: [added('a')] }));
    for (let n = 0; n < 30; n++) await store.append(append());
    await store.append(append({ stream, events: [added('b')] }));
    await fixture.owner.query('alter table events detach partition events_from_0');
    await expect(store.load(stream, names)).rejects.toThrow(StreamArchived);
  });

  it('an old one can be archived: detached, and what is left goes on', async () => {
    const stream = newStream();
    await store.append(append({ stream, events: [added('a')] }));
    for (let n = 0; n < 30; n++) await store.append(append());
    await store.append(append({ stream, events: [renamed('closed')] }));
    await fixture.owner.query('alter table events detach partition events_from_0');
    expect(await store.load(stream, names)).toEqual({ state: ['closed'], revision: 2n });
    expect(await store.append(append({ stream, expected: 2n }))).toEqual({ kind: 'done', revision: 3n });
    expect((await store.readLog(0n, 1))[0]?.position).toBe(20n);
  });
});

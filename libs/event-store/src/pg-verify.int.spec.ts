import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LibraryEvent } from '@managed-os/contracts';
import type { PgEventStore } from './pg-event-store.js';
import { added, append, at, newId, newStream, once, renamed } from './testing/contract/given.js';
import { write, type Writing } from './testing/contract/writing.js';
import { PgFixture } from './testing/pg-fixture.js';

let fixture: PgFixture;
let store: PgEventStore<LibraryEvent>;
const [a, b] = ['library_item-a', 'library_item-b'] as const;

beforeAll(async () => {
  fixture = await PgFixture.open();
  await fixture.partitionBy(8);
  store = fixture.store();
});
beforeEach(() => fixture.empty());
afterAll(() => fixture.close());

/** Twelve positions: 1 a1, 2 a2, 3 message, 4 b1, 5 a3, 6 b2, 7 message, 8 a4, 9 b3 (closes the books), 10 a5, 11 b4, 12 message. */
const history = async (): Promise<void> => {
  await store.append(append({ stream: a, time: at(1), events: [added('a1'), added('Zo\u00eb \u{1f34e} "a2"\\\n')] }));
  await store.append(append({ stream: b, time: at(2), once: once() }));
  await store.append(append({ stream: a, time: at(3) }));
  await store.append(append({ stream: b, time: at(4) }));
  await store.append(append({ stream: a, time: at(5), once: once() }));
  await store.append(append({ stream: b, time: at(6), events: [renamed('b3')] }));
  await store.append(append({ stream: a, time: at(7) }));
  await store.append(append({ stream: b, time: at(8) }));
  await store.append(append({ events: [], time: at(9), once: once() }));
};

/** What only a superuser can, who switches triggers off. */
const tamper = async (...statements: readonly string[]): Promise<void> => {
  await fixture.owner.query('begin; set local session_replication_role = replica');
  for (const statement of statements) await fixture.owner.query(statement);
  await fixture.owner.query('commit');
};
const detached = async (partition: string, from: number, work: () => Promise<void>): Promise<void> => {
  await fixture.owner.query(`alter table events detach partition ${partition}`);
  await work();
  await fixture.owner.query(
    `alter table events attach partition ${partition} for values from (${from}) to (${from + 8})`,
  );
};
const faults = async (): Promise<readonly string[]> =>
  (await store.verify()).faults.map(({ kind, position, stream, detail }) =>
    [
      kind,
      position === undefined ? '' : ` at ${position}`,
      stream === undefined ? '' : ` of ${stream}`,
      `: ${detail}`,
    ].join(''),
  );

const shortly = async (): Promise<readonly (string | undefined)[]> =>
  (await faults()).map((fault) => fault.split(':')[0]);

describe('verify', () => {
  it('finds nothing in what was appended, and counts it', async () => {
    await history();
    expect(await store.verify()).toEqual({ events: 9n, messages: 3n, streams: 2n, upTo: 12n, faults: [], more: false });
  });

  it('finds nothing in an empty store', async () => {
    expect(await store.verify()).toMatchObject({ events: 0n, streams: 0n, upTo: 0n, faults: [] });
  });

  it.each<[string, readonly string[], readonly string[]]>([
    [
      'data that was changed, down to a blank',
      [`update events set data = (data::text || ' ')::json where position = 5`],
      ['digest-wrong at 5 of library_item-a'],
    ],
    [
      'a type that was changed',
      [`update events set type = 'managedos.library.v1.ItemRemoved' where position = 6`],
      ['digest-wrong at 6 of library_item-b'],
    ],
    [
      'a time that was changed',
      [`update events set time = time + interval '1 ms' where position = 9`],
      ['digest-wrong at 9 of library_item-b'],
    ],
    [
      'an id that was changed, and is missing among the ids',
      [`update events set id = '${newId()}' where position = 1`],
      ['id-missing at 1 of library_item-a', 'digest-wrong at 1 of library_item-a'],
    ],
    [
      'an id that may be given out again',
      [`delete from event_ids where position = 8`],
      ['id-missing at 8 of library_item-a'],
    ],
    [
      'an id that is said to be elsewhere',
      [`update event_ids set position = 7 where position = 8`],
      ['id-missing at 8 of library_item-a'],
    ],
    [
      'two events of one stream whose data were swapped',
      [`update events x set data = y.data from events y where (x.position, y.position) in ((2, 5), (5, 2))`],
      ['digest-wrong at 2 of library_item-a', 'digest-wrong at 5 of library_item-a'],
    ],
    [
      'two events of one stream that changed places, ids and all',
      [
        `update events set position = 0 where position = 1`,
        `update events set position = 1 where position = 2`,
        `update events set position = 2 where position = 0`,
        `update event_ids set position = case position when 1 then 2 else 1 end where position in (1, 2)`,
      ],
      [
        'revision-wrong at 1 of library_item-a',
        'revision-wrong at 2 of library_item-a',
        'revision-wrong at 5 of library_item-a',
        'head-wrong of library_item-a', // a load would start at position 1
      ],
    ],
    [
      'an event that was removed',
      [`delete from events where position = 5`],
      ['position-missing at 5', 'revision-wrong at 8 of library_item-a'],
    ],
    ['a message that was removed', [`delete from inbox where position = 7`], ['position-missing at 7']],
    [
      'several entries that were removed, as one gap',
      [`delete from events where position in (4, 5, 6)`, `delete from inbox where position = 3`],
      ['position-missing at 3', 'revision-wrong at 8 of library_item-a', 'revision-wrong at 9 of library_item-b'],
    ],
    [
      'a message at the place of an event',
      [`update inbox set position = 4 where position = 3`],
      ['position-missing at 3', 'position-twice at 4'],
    ],
    [
      'a tail that was cut off',
      [`delete from events where position > 9`, `delete from inbox where position > 9`],
      ['position-missing at 10', 'head-wrong of library_item-a', 'head-wrong of library_item-b'],
    ],
    [
      'a tail that was cut off where the store agrees',
      [
        `delete from events where position > 9`,
        `delete from inbox where position > 9`,
        `delete from event_ids where position > 9`,
        `update store set last_position = 9`,
      ],
      ['head-wrong of library_item-a', 'head-wrong of library_item-b'],
    ],
    ['a store that forgot the end of its log', ['update store set last_position = 10'], ['end-wrong']],
    ['a store whose time could run backwards', [`update store set last_time = '2022-09-10T06:00:00Z'`], ['end-wrong']],
    [
      'a time before the one of the entry before',
      [`update inbox set decided_at = '2022-09-10T06:00:00Z' where position = 7`],
      ['time-backwards at 7'],
    ],
    [
      'a digest that was changed',
      [`update events set digest = sha256('x') where position = 5`],
      ['digest-wrong at 5 of library_item-a', 'digest-wrong at 8 of library_item-a'],
    ],
    [
      'a head whose digest was changed',
      [`update streams set digest = sha256('x') where stream = '${a}'`],
      ['head-wrong of library_item-a'],
    ],
    [
      'a head that is behind',
      [`update streams set revision = revision - 1 where stream = '${a}'`],
      ['head-wrong of library_item-a'],
    ],
    ['a head that is missing', [`delete from streams where stream = '${b}'`], ['head-wrong of library_item-b']],
    [
      'a head without events',
      [`insert into streams select 'library_item-c', revision, digest, 1, 1 from streams limit 1`],
      ['head-wrong of library_item-c', 'head-wrong of library_item-c'],
    ],
    [
      'a head that opens at the wrong event',
      [`update streams set open_revision = 1 where stream = '${b}'`],
      ['head-wrong of library_item-b'],
    ],
  ])('finds %s', async (_, statements, found) => {
    await history();
    await tamper(...statements);
    expect(await shortly()).toEqual(found);
  });

  it('says in words what is wrong', async () => {
    await history();
    await tamper(
      'delete from events where position in (5, 6)',
      `update streams set revision = 9 where stream = '${b}'`,
    );
    expect(await faults()).toEqual([
      'position-missing at 5: nor has any event or message those up to 6',
      'revision-wrong at 8 of library_item-a: revision 4 after 2',
      'revision-wrong at 9 of library_item-b: revision 3 after 1',
      'head-wrong of library_item-b: says revision 9, the log 4',
    ]);
  });

  it('keeps a hundred faults and says when there are more', async () => {
    await store.append(append({ events: Array.from({ length: 101 }, () => added()) }));
    await tamper(`update events set data = '{}' where position > 1`);
    expect(await store.verify()).toMatchObject({ faults: { length: 100 }, more: false, events: 101n });
    await tamper(`update events set data = '{}'`);
    const { faults, more } = await store.verify();
    expect(more).toBe(true);
    expect(faults.map((fault) => fault.position)).toEqual(Array.from({ length: 100 }, (_, n) => BigInt(n + 1)));
  });

  it('finds that every digest from one on was computed again, as long as the head was not', async () => {
    await history();
    await rewrite(a, 3n);
    expect(await shortly()).toEqual(['head-wrong of library_item-a']);
  });

  it('does not find what nothing in the database tells: a rewritten stream with its head, who did it and why, what a message said', async () => {
    await history();
    const digest = await rewrite(a, 3n);
    await tamper(
      `update streams set digest = '\\x${digest.toString('hex')}' where stream = '${a}'`,
      `update events set metadata = '{"actor":"somebody else"}', recorded_at = '2000-01-01T00:00:00Z'`,
      `update inbox set envelope = '{}', message_id = 'another', recorded_at = '2000-01-01T00:00:00Z' where position = 3`,
    );
    expect(await faults()).toEqual([]);
  });

  it('verifies what is left of an archived log, from the first event of each stream on', async () => {
    await history();
    await detached('events_from_0', 0, async () => {
      const left = { events: 4n, messages: 1n, streams: 2n, upTo: 12n };
      expect(await store.verify()).toEqual({ ...left, faults: [], more: false });
      await tamper(`update events set data = '{}' where position = 11`);
      expect(await shortly()).toEqual(['digest-wrong at 11 of library_item-b']);
    });
  });

  it('takes a partition that is missing at another place for what it is', async () => {
    await history();
    await store.append(append({ events: Array.from({ length: 8 }, () => added()) }));
    await detached('events_from_8', 8, async () => {
      const [missing, ...rest] = await faults();
      expect(missing).toBe('position-missing at 8: nor has any event or message those up to 11');
      expect(rest.length).toBeGreaterThan(0);
    });
  });

  it('goes on while events arrive, without false alarm', async () => {
    const writing: Writing = {
      writers: Array.from({ length: 8 }, (_, n) => `writer ${n}`),
      each: 40,
      streams: Array.from({ length: 6 }, newStream),
    };
    let arriving = true;
    const written = write(store, writing).finally(() => (arriving = false));
    const seen: bigint[] = [];
    while (arriving) {
      const { faults, upTo } = await fixture.store().verify();
      expect(faults).toEqual([]);
      seen.push(upTo);
    }
    await written;
    expect(seen).toEqual(seen.toSorted((x, y) => Number(x - y)));
    expect(await store.verify()).toMatchObject({ events: 320n, faults: [], upTo: await store.lastPosition() });
  });
});

/** Changes an event's data and computes its digest and all that follow again, as the append function would have. Gives the last. */
const rewrite = async (stream: string, from: bigint): Promise<Buffer> => {
  let digest = createHash('sha256').update(stream).digest();
  for (const { id, type, revision, time, ...event } of (await store.readEvents(0n, 100)).filter(
    (e) => e.stream === stream,
  )) {
    const data = revision === from ? '{"itemId":"rewritten"}' : event.data;
    digest = createHash('sha256').update(digest).update([id, type, revision, time, data].join('\n')).digest();
    if (revision >= from)
      await tamper(
        `update events set data = '${data.replaceAll("'", "''")}', digest = '\\x${digest.toString('hex')}' where position = ${event.position}`,
      );
  }
  return digest;
};

describe('verify of a log of many pages', () => {
  let large: PgFixture;
  beforeAll(async () => {
    large = await PgFixture.open();
    const writer = large.store();
    for (let n = 0; n < 3; n++) await writer.append(append({ events: Array.from({ length: 900 }, () => added()) }));
  });
  afterAll(() => large.close());

  it('tells how far it came, page by page, and stops when it is told to', async () => {
    const store = large.store();
    const told: (readonly [bigint, bigint])[] = [];
    await store.verify({ progress: (checked, upTo) => told.push([checked, upTo]) });
    expect(told.slice(0, 3)).toEqual([
      [1000n, 2700n],
      [2000n, 2700n],
      [2700n, 2700n],
    ]);
    const stop = new AbortController();
    const pages: bigint[] = [];
    const stopped = store.verify({
      signal: stop.signal,
      progress: (checked) => {
        pages.push(checked);
        stop.abort(new Error('enough'));
      },
    });
    await expect(stopped).rejects.toThrow('enough');
    expect(pages).toEqual([1000n]);
  });

  it('ends with its store', async () => {
    const own = large.store();
    const stopped = own.verify({ progress: () => void own.close() });
    await expect(stopped).rejects.toMatchObject({ code: 'store-closed' });
    await own.close();
  });
});

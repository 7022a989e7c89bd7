import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { deadlines, type DeadlinesEvent } from '@managed-os/contracts';
import { openPool, PgEventStore } from '@managed-os/event-store';
import { createTestDatabase } from '@managed-os/event-store/testing';
import { eventually } from '@managed-os/kernel/testing';
import { attribute } from './cloud-event.js';
import { migrationsOfBus } from './migrations.js';
import { reactionOf } from './reaction.js';
import { RelayNote } from './relay-note.js';
import { done } from './settlement.js';
import { busDatabase } from './tables.js';
import { cancelled, mac, reached } from './testing/events.js';
import { real } from './testing/fixture.js';
import { type Handler, isInOrder, many, seen, StrategyFixture, upTo } from './testing/strategy-fixture.js';

const STREAM = 'MOS_DEADLINES';
/** Of a service that reads nothing of others. */
const nothing = (): Promise<void> => Promise.resolve();

/** The service that reads, with a store and letters of its own: what it did is its to remember. */
const openReader = async () => {
  const database = await createTestDatabase({ schema: 'deadlines', folders: [migrationsOfBus] });
  const { databaseUrl, schema } = database;
  const pool = openPool({ connectionString: databaseUrl, max: 5 });
  const store = new PgEventStore<DeadlinesEvent>({ databaseUrl, schema, context: deadlines, clockReal: real });
  return {
    pool,
    /** Appends one event per message; answers what was handed over. */
    handler() {
      const { byMac, note } = seen();
      const handle: Handler = async (message) => {
        note(message);
        await store.append({
          stream: `obligations-${message.data.deviceId}`,
          expected: 'any',
          events: [cancelled(message.data.deviceId)],
          ...reactionOf(message, 'progress', { now: () => message.time }),
        });
        return done;
      };
      return { byMac, handle };
    },
    /** The messages that led to an event, in the order of their events. */
    effects: async () => (await store.readLog(0n, 10_000)).map(({ envelope }) => envelope.causationId),
    async close() {
      await store.close();
      await pool.end();
      await database.drop();
    },
  };
};

describe('reseeding a stream', () => {
  let bus: StrategyFixture;
  let reader: Awaited<ReturnType<typeof openReader>>;
  beforeEach(async () => {
    [bus, reader] = await Promise.all([StrategyFixture.open(), openReader()]);
  });
  afterEach(async () => {
    await bus.close();
    await reader.close();
  });

  const stored = async () => (await bus.fixture.store.readLog(0n, 10_000)).map(({ envelope }) => envelope.id);
  const streamed = async () => {
    const { state } = await bus.jsm.streams.info(STREAM);
    const ids: (string | undefined)[] = [];
    for (let seq = Math.max(1, state.first_seq); seq <= state.last_seq; seq++) {
      const message = await bus.jsm.streams.getMessage(STREAM, { seq });
      if (message) ids.push(attribute(message.header, 'id'));
    }
    return ids;
  };
  const note = () => new RelayNote(busDatabase(bus.fixture.pool), STREAM);

  it('the volume of NATS deleted: everything is published again, and no message has an effect twice', async () => {
    const { byMac, handle } = reader.handler();
    await bus.serve(handle, { pool: reader.pool });
    await bus.append(...many(3, 5));
    await bus.settled();
    await bus.fixture.nats.startEmpty();
    await bus.append(...many(3, 1).map((event) => ({ ...event, lateSeconds: 5 })));
    await eventually(async () => (await bus.relay.status()).state === 'refusing', 'the refusal');
    expect((await bus.relay.status()).refusal?.reason).toBe('stream-lost');

    expect(await bus.relay.reseed(nothing)).toMatchObject({ reason: 'stream-lost', newEpoch: false, removed: 0 });
    await bus.relay.caughtUp();
    await eventually(async () => (await reader.effects()).length >= 18, 'the effects of all');
    await bus.settled();
    expect(await streamed()).toEqual(await stored());
    expect((await reader.effects()).toSorted()).toEqual((await stored()).toSorted());
    for (const numbers of byMac.values()) expect(isInOrder(numbers.slice(5))).toBe(true);
    await expect(bus.relay.reseed(nothing)).rejects.toMatchObject({ code: 'nothing-to-reseed' });
  });

  it('a take-over that a lost volume left unanswered holds up nothing that comes afterwards', async () => {
    const { byMac, handle } = reader.handler();
    // Longer than this test may take: what is passed over would come back too late.
    const { strategy } = await bus.serve(handle, { pool: reader.pool, ackWaitMs: 120_000 });
    await bus.append(...many(3, 1));
    await bus.settled();
    await bus.fixture.nats.startEmpty();
    await eventually(async () => (await bus.relay.status()).state === 'refusing', 'the refusal');
    await bus.relay.reseed(nothing);
    await bus.relay.caughtUp();
    const times = () => [...byMac.values()].map((numbers) => numbers.length);
    await eventually(() => times().every((count) => count >= 2), 'what was published again');
    await bus.settled();
    const before = times();
    await strategy.reread();
    await eventually(() => times().every((count, n) => count > (before[n] ?? 0)), 'what is read again');
  });

  it('an older dump of PostgreSQL restored: a new epoch begins, readers go on, each event has one effect', async () => {
    const { byMac, handle } = reader.handler();
    await bus.serve(handle, { pool: reader.pool });
    await bus.append(...many(1, 2));
    await bus.settled();
    await bus.relay.stop();
    await bus.fixture.dump();
    await bus.startRelay();
    await bus.append(...Array.from({ length: 3 }, (_, n) => reached(mac(0), 2 + n)));
    await bus.settled();
    const lost = (await stored()).slice(2);
    await bus.relay.stop();
    await bus.fixture.restore();
    expect(await stored()).toHaveLength(2);
    await bus.append(...Array.from({ length: 4 }, (_, n) => reached(mac(0), 100 + n)));
    await bus.startRelay();
    expect((await bus.relay.status()).refusal?.reason).toBe('histories-parted');
    const before = await bus.fixture.store.epoch();

    const reseeded = await bus.relay.reseed(nothing);
    expect(reseeded).toMatchObject({ reason: 'histories-parted', newEpoch: true, after: 0n, removed: 5 });
    expect(reseeded.epoch).not.toBe(before);
    await bus.settled();
    expect(await streamed()).toEqual(await stored());
    const effects = await reader.effects();
    expect(new Set(effects).size).toBe(effects.length);
    // What the dump did not hold was handled too, and cannot be taken back: it is in the reader's history only.
    expect(effects.toSorted()).toEqual([...(await stored()), ...lost].toSorted());
    expect(byMac.get(mac(0))).toEqual([0, 1, 2, 3, 4, 0, 1, 100, 101, 102, 103]);
    const [first] = await bus.fixture.store.readLog(0n, 1);
    expect(first?.envelope.source).toBe(`mos://deadlines/${reseeded.epoch}`);
  });

  it('a crash between the note and the emptied stream: every relay still refuses, and the reseed is repeated', async () => {
    await bus.append(...many(1, 3));
    await bus.relay.caughtUp();
    await bus.relay.stop();
    await busDatabase(bus.fixture.pool).deleteFrom('relay').execute();
    const epoch = await bus.fixture.store.beginEpoch();
    await note().write({ epoch, position: 0n, sequence: 3n });
    await bus.startRelay();
    expect((await bus.relay.status()).refusal?.reason).toBe('other-epoch');
    expect(await bus.relay.reseed(nothing)).toMatchObject({ reason: 'other-epoch', newEpoch: true, removed: 3 });
    await bus.relay.caughtUp();
    expect(await streamed()).toEqual(await stored());
  });

  it('a restored store reads again before its stream is emptied: when that fails, the repeat does all of it', async () => {
    await bus.append(...many(1, 3));
    await bus.relay.caughtUp();
    await bus.relay.stop();
    await bus.fixture.store.beginEpoch();
    await bus.startRelay();
    await expect(bus.relay.reseed(() => Promise.reject(new Error('killed')))).rejects.toThrow('killed');
    expect(await streamed()).toHaveLength(3);
    expect((await bus.relay.status()).state).toBe('refusing');
    let held = 0;
    const reread = async (): Promise<void> => void (held = (await streamed()).length);
    expect(await bus.relay.reseed(reread)).toMatchObject({ newEpoch: true, removed: 3 });
    expect(held).toBe(3);
    await bus.relay.caughtUp();
    expect(await streamed()).toEqual(await stored());
  });

  it('a crash right after it: the next relay begins where the reseed said', async () => {
    await bus.append(...many(1, 3));
    await bus.relay.caughtUp();
    await bus.relay.stop();
    await bus.jsm.streams.purge(STREAM);
    await note().write({ epoch: await bus.fixture.store.epoch(), position: 0n, sequence: 3n });
    await bus.startRelay();
    await bus.relay.caughtUp();
    expect(await streamed()).toEqual(await stored());
  });

  it('the relay of another replica, which refused too, goes on by itself', async () => {
    await bus.append(...many(1, 3));
    await bus.relay.caughtUp();
    await bus.relay.stop();
    await bus.jsm.streams.delete(STREAM);
    await bus.startRelay();
    const other = bus.newRelay(await bus.connect('deadlines'));
    await other.start();
    expect((await other.status()).state).toBe('refusing');
    await bus.relay.reseed(nothing);
    await bus.relay.caughtUp();
    await bus.relay.stop();
    await bus.append(reached(mac(0), 3));
    await other.caughtUp();
    await other.stop();
    expect(await streamed()).toEqual(await stored());
  }, 60_000);

  it('a message that an operator discarded stays discarded, though the stream brings it under another sequence', async () => {
    const { byMac, note: saw } = seen();
    await bus.append(reached(mac(1), 0), reached(mac(2), 0));
    const { strategy } = await bus.serve(async (message) => {
      if (message.data.deviceId === mac(1)) return { kind: 'dead', reason: 'makes no sense' };
      saw(message);
      return done;
    });
    await bus.settled();
    const [letter] = await strategy.letters.list();
    expect(await strategy.letters.discard(letter?.letterId ?? 0n, 'user:anna', 'makes no sense')).toMatchObject({
      left: 0,
    });
    await bus.relay.stop();
    await busDatabase(bus.fixture.pool).deleteFrom('relay').execute();
    await bus.fixture.store.beginEpoch();
    await bus.startRelay();
    expect(await bus.relay.reseed(nothing)).toMatchObject({ reason: 'other-epoch', removed: 2 });
    await eventually(() => byMac.get(mac(2))?.length === 2, 'the other message');
    await bus.settled();
    expect(await strategy.letters.list()).toEqual([]);
  });

  it('a reader whose own database was made anew reads again what the stream holds, once more without effect', async () => {
    await bus.append(...many(2, 4));
    const { app } = await bus.serve(reader.handler().handle, { pool: reader.pool });
    await bus.settled();
    await app.close();
    bus.running = [];
    await reader.close();
    reader = await openReader();
    const { byMac, handle } = reader.handler();
    const { strategy } = await bus.serve(handle, { pool: reader.pool });
    await bus.settled();
    expect(await reader.effects()).toEqual([]);
    for (const times of [1, 2]) {
      await strategy.reread();
      await eventually(() => [...byMac.values()].flat().length >= times * 8, 'everything again');
      await bus.settled();
      for (const numbers of byMac.values()) expect(numbers.slice(-4)).toEqual(upTo(4));
      expect((await reader.effects()).toSorted()).toEqual((await stored()).toSorted());
    }
  });
});

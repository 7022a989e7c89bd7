import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { library, type LibraryEvent } from '@managed-os/contracts';
import { openPool, PgEventStore, withSettings } from '@managed-os/event-store';
import { createTestDatabase } from '@managed-os/event-store/testing';
import { eventually } from '@managed-os/kernel/testing';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { attribute } from './cloud-event.js';
import { connectBus } from './connect-bus.js';
import { migrationsOfBus } from './migrations.js';
import { Relay } from './relay.js';
import { mac } from './testing/events.js';
import { cause, keepLog, real } from './testing/fixture.js';
import { startTestNats } from './testing/nats-server.js';

const STREAM = 'MOS_LIBRARY';
const closing: (() => Promise<unknown>)[] = [];
let store: PgEventStore<LibraryEvent>;
let jsm: JetStreamManager;
let newRelay: () => Relay;
let relay: Relay;

/** A relayed context whose messages stay on the bus for ever. */
beforeEach(async () => {
  const [nats, database] = await Promise.all([
    startTestNats(),
    createTestDatabase({ schema: 'library', folders: [migrationsOfBus] }),
  ]);
  const { databaseUrl, schema } = database;
  const connection = await connectBus({ servers: nats.url, name: 'library' });
  const pool = openPool({ connectionString: withSettings(databaseUrl, { search_path: schema }) });
  store = new PgEventStore<LibraryEvent>({ databaseUrl, schema, context: library, clockReal: real });
  jsm = await jetstreamManager(connection, { checkAPI: false });
  newRelay = () => new Relay({ connection, store, context: library, pool, real, log: keepLog() });
  relay = newRelay();
  await relay.start();
  closing.push(
    () => relay.stop(),
    () => store.close(),
    () => pool.end(),
    () => connection.close(),
    () => nats.stop(),
    () => database.drop(),
  );
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const append = async (from: number, to: number): Promise<void> => {
  for (let n = from; n <= to; n++)
    await store.append({
      stream: `library_item-${n}`,
      expected: 'any',
      events: [{ type: 'ItemRenamed', itemId: mac(n), name: `item ${n}` }],
      cause: cause(`item ${n}`),
    });
};

const streamed = async (): Promise<readonly (string | undefined)[]> => {
  const { state } = await jsm.streams.info(STREAM);
  const ids: (string | undefined)[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq++)
    ids.push(attribute((await jsm.streams.getMessage(STREAM, { seq }))?.header, 'id'));
  return ids;
};

describe('a stream whose messages stay for ever', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['before others', () => jsm.streams.purge(STREAM, { seq: 3 })],
    ['between others', () => jsm.streams.deleteMessage(STREAM, 2)],
  ])(
    'of which somebody removed messages %s is not published to until it is reseeded with all of them',
    async (_, cut) => {
      await append(1, 4);
      await relay.caughtUp();
      await relay.stop();
      await cut();
      relay = newRelay();
      await relay.start();
      await eventually(async () => (await relay.status()).state === 'refusing', 'the refusal');
      expect((await relay.status()).refusal?.reason).toBe('stream-cut');
      await append(5, 5);
      expect(await relay.reseed(() => Promise.resolve())).toMatchObject({ reason: 'stream-cut', newEpoch: false });
      await relay.caughtUp();
      expect(await streamed()).toEqual((await store.readLog(0n, 100)).map(({ envelope }) => envelope.id));
      await expect(relay.reseed(() => Promise.resolve())).rejects.toMatchObject({ code: 'nothing-to-reseed' });
    },
  );
});

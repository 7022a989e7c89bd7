import type { DeadlinesEvent } from '@managed-os/contracts';
import { envelopeOf } from '@managed-os/contracts/testing';
import { reactionOf } from '@managed-os/event-bus';
import type { Append } from '@managed-os/event-store';
import { RandomIds } from '@managed-os/kernel';
import type { Contestant, Load, Open } from '../contestant.js';
import { createStoreDatabase, type StoreDatabase, storeDatabase } from '../database.js';
import { mac, macsOf, opened, streamOf, TIME } from '../events.js';
import { drive } from '../measure/drive.js';
import { openStore } from './store.js';

type Made = Pick<Append<DeadlinesEvent>, 'cause' | 'once'>;

const ids = new RandomIds();

/** As an admin's request begins something. */
export const atABeginning = (): Made => {
  const own: string[] = [];
  return {
    cause: {
      correlationId: mac(9_000_000),
      actor: 'service:bench',
      time: TIME,
      idOf: (index) => (own[index] ??= ids.next()),
    },
  };
};

let sequence = 0n;

/** As a consumer answers a message: the message goes into the inbox, and the ids are made of its id. */
const inAnswer = (): Made => {
  const message = envelopeOf(opened(mac(1)), { id: ids.next(), time: TIME, correlationId: mac(9_000_000) });
  sequence += 1n;
  return reactionOf({ ...message, sequence, deliveries: 1 }, 'bench', { now: () => TIME });
};

const appendTo = (database: StoreDatabase, load: Load, make: () => Made): Contestant => {
  const store = openStore(database);
  const revisions = new Map<string, bigint>();
  const writers = Array.from({ length: load.writers }, (_, writer) => macsOf(writer));
  return {
    round: () =>
      drive(load, async (writer) => {
        const device = writers[writer]?.() ?? mac(0);
        const outcome = await store.append({
          stream: streamOf(device),
          expected: revisions.get(device) ?? 'no-stream',
          events: [opened(device)],
          ...make(),
        });
        if (outcome.kind !== 'done') throw new Error(`an append came to ${outcome.kind}`);
        revisions.set(device, outcome.revision);
      }),
    close: () => store.close(),
  };
};

const openAppend =
  (name: string, make: () => Made): Open =>
  async (place, load) => {
    const database = await createStoreDatabase(place, name, 'deadlines');
    const { round, close } = appendTo(database, load, make);
    return { round, close: () => close().then(database.drop) };
  };

/** One event per append, behind the revision that was read. */
export const openBare = openAppend('bench_append', atABeginning);

/** Once per message besides. */
export const openComplete = openAppend('bench_append_once', inAnswer);

export const SHARED = 'bench_two_processes';

/** The same in a database that somebody else made. */
export const openShared: Open = async (place, load) =>
  appendTo(storeDatabase(place, SHARED, 'deadlines'), load, inAnswer);

import { deadlines, type DeadlinesEvent } from '@managed-os/contracts';
import { envelopeOf } from '@managed-os/contracts/testing';
import { reactionOf } from '@managed-os/event-bus';
import { type Append, type Cause, PgEventStore } from '@managed-os/event-store';
import { RandomIds, realTime } from '@managed-os/kernel';
import type { Load, Open } from '../contestant.js';
import { createStoreDatabase } from '../database.js';
import { mac, opened, TIME } from '../events.js';
import { drive } from '../measure/drive.js';

const MACS_PER_WRITER = 32;

type Made = Pick<Append<DeadlinesEvent>, 'cause' | 'once'>;

const ids = new RandomIds();
const clock = { now: () => TIME };

const atABeginning = (): Made => {
  const own = [ids.next()];
  const cause: Cause = {
    correlationId: mac(9_000_000),
    actor: 'service:bench',
    time: TIME,
    idOf: (index) => (own[index] ??= ids.next()),
  };
  return { cause };
};

/** In answer to a message, as a consumer does it: its place in the inbox, the message itself, ids made of its id. */
let sequence = 0n;
const inAnswer = (): Made => {
  const message = envelopeOf(opened(mac(1)), { id: ids.next(), time: TIME, correlationId: mac(9_000_000) });
  sequence += 1n;
  return reactionOf({ ...message, sequence, deliveries: 1 }, 'bench', clock);
};

const openAppend =
  (name: string, make: () => Made): Open =>
  async (place, load: Load) => {
    const database = await createStoreDatabase(place, `${name}_${load.writers}`, 'deadlines');
    const store = new PgEventStore<DeadlinesEvent>({
      databaseUrl: database.serviceUrl,
      schema: database.schema,
      context: deadlines,
      clockReal: realTime,
    });
    const writers = Array.from({ length: load.writers }, (_, writer) => {
      const macs = Array.from({ length: MACS_PER_WRITER }, (__, n) => ({
        device: mac(writer * MACS_PER_WRITER + n),
        revision: 0n,
      }));
      let turn = 0;
      return async (): Promise<void> => {
        const own = macs[turn++ % MACS_PER_WRITER];
        if (!own) return;
        const outcome = await store.append({
          stream: `obligations-${own.device}`,
          expected: own.revision === 0n ? 'no-stream' : own.revision,
          events: [opened(own.device)],
          ...make(),
        });
        if (outcome.kind !== 'done') throw new Error(`an append came to ${outcome.kind}`);
        own.revision = outcome.revision;
      };
    });
    return {
      round: () => drive(load, (writer) => writers[writer]?.() ?? Promise.resolve()),
      async close() {
        await store.close();
        await database.drop();
      },
    };
  };

export const openBare = openAppend('ours_bare', atABeginning);
export const openComplete = openAppend('ours_complete', inAnswer);

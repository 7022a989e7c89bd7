import { RandomIds } from '@managed-os/kernel';
import type { Open } from '../contestant.js';
import { createStoreDatabase } from '../database.js';
import { mac, macsOf, opened, streamOf, TIME } from '../events.js';
import { drive } from '../measure/drive.js';
import { openStore } from './store.js';

const BULK = 1_000;
const ids = new RandomIds();

/** A thousand events per append. */
export const openBulk: Open = async (place, load) => {
  const database = await createStoreDatabase(place, 'bench_bulk', 'deadlines');
  const store = openStore(database);
  const writers = Array.from({ length: load.writers }, (_, writer) => macsOf(writer));
  return {
    round: () =>
      drive(load, async (writer) => {
        const device = writers[writer]?.() ?? mac(0);
        const own = Array.from({ length: BULK }, () => ids.next());
        const outcome = await store.append({
          stream: streamOf(device),
          expected: 'any',
          events: own.map(() => opened(device)),
          cause: {
            correlationId: mac(9_000_000),
            actor: 'service:bench',
            time: TIME,
            idOf: (index) => own[index] ?? '',
          },
        });
        if (outcome.kind !== 'done') throw new Error(`an append came to ${outcome.kind}`);
        return BULK;
      }),
    async close() {
      await store.close();
      await database.drop();
    },
  };
};

import type { Open } from '../contestant.js';
import { createStoreDatabase } from '../database.js';
import { mac, streamOf } from '../events.js';
import { drive } from '../measure/drive.js';
import { fill } from './fill.js';
import { openStore } from './store.js';

/** Streams that a contestant has; one after the other is loaded. */
export const STREAMS = 20;

const counting = { initial: 0, evolve: (count: number) => count + 1 };

/** Reads a stream of the load's length from its beginning, and folds it. */
export const openLoad: Open = async (place, load) => {
  const database = await createStoreDatabase(place, 'bench_load', 'deadlines');
  await fill(database, load.events * STREAMS, STREAMS);
  const store = openStore(database);
  let turn = 0;
  return {
    round: () =>
      drive(load, async () => {
        const { state } = await store.load(streamOf(mac(turn++ % STREAMS)), counting);
        if (state !== load.events) throw new Error(`folded ${state} of ${load.events} events`);
      }),
    async close() {
      await store.close();
      await database.drop();
    },
  };
};

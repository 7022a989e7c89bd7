import type { Open } from '../contestant.js';
import { createStoreDatabase, onServer, type StoreDatabase } from '../database.js';
import { mac, opened } from '../events.js';
import { startWorker } from '../worker-process.js';
import { atABeginning, SHARED } from './append.js';
import { openStore } from './store.js';
import { END } from './trailing-reader.js';

/** Two processes share the writers, and a third one reads behind them. Throws when the reader missed an event. */
export const openTwoProcesses: Open = async (place, load) => {
  const database = await createStoreDatabase(place, SHARED, 'deadlines');
  const half = { ...load, writers: load.writers / 2 };
  const [one, other, reader] = await Promise.all([
    startWorker('ours: one of two processes', place, half),
    startWorker('ours: one of two processes', place, half),
    startWorker('ours: trailing reader', place, load),
  ]);
  const workers = [one, other, reader];
  const store = openStore(database);
  let had = 0;
  return {
    async round() {
      const reading = reader.round();
      const [first, second] = await Promise.all([one.round(), other.round()]);
      await store.append({ stream: END, expected: 'any', events: [opened(mac(0))], ...atABeginning() });
      const read = await reading;
      const stored = await countEvents(database);
      const lost = stored - had - read.count;
      had = stored;
      if (lost !== 0) throw new Error(`the trailing reader lost ${lost} of ${stored} events`);
      return {
        count: first.count + second.count,
        millis: Math.max(first.millis, second.millis),
        p50: Math.max(first.p50 ?? NaN, second.p50 ?? NaN),
        p99: Math.max(first.p99 ?? NaN, second.p99 ?? NaN),
        facts: { lost },
      };
    },
    async close() {
      await store.close();
      await Promise.all(workers.map((worker) => worker.close()));
      await database.drop();
    },
  };
};

const countEvents = ({ url, schema }: StoreDatabase): Promise<number> =>
  onServer(url, async (client) => {
    const { rows } = await client.query<{ count: string }>(`select count(*) from ${schema}.events`);
    return Number(rows[0]?.count);
  });

import { realTime } from '@managed-os/kernel';
import type { Open } from '../contestant.js';
import { storeDatabase } from '../database.js';
import { mac, streamOf } from '../events.js';
import { SHARED } from './append.js';
import { openStore } from './store.js';

const PAGE = 1_000;
/** The last append of a round goes here. */
export const END = streamOf(mac(0));

/** Reads everything behind its checkpoint, as soon as it hears of it, up to the append that ends the round. */
export const openTrailingReader: Open = async (place) => {
  const store = openStore(storeDatabase(place, SHARED, 'deadlines'));
  let checkpoint = 0n;
  return {
    async round() {
      const began = realTime.elapsed();
      for (let count = 0; ;) {
        const changed = store.changed();
        const page = await store.readEvents(checkpoint, PAGE);
        const last = page.at(-1);
        if (!last) {
          await changed;
          continue;
        }
        checkpoint = last.position;
        count += page.length;
        if (last.stream === END) return { count, millis: realTime.elapsed() - began };
      }
    },
    close: () => store.close(),
  };
};

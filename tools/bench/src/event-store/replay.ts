import type { LogEntry } from '@managed-os/event-store';
import type { Load, Open, Round } from '../contestant.js';
import { createStoreDatabase } from '../database.js';
import { PAGE, replay } from '../measure/replay.js';
import { fill } from './fill.js';
import { openStore, type Store } from './store.js';

const open =
  (name: string, run: (store: Store, load: Load) => Promise<Round>): Open =>
  async (place, load) => {
    const database = await createStoreDatabase(place, name, 'deadlines');
    await fill(database, load.events, 1_000);
    const store = openStore(database);
    return {
      round: () => run(store, load),
      async close() {
        await store.close();
        await database.drop();
      },
    };
  };

/** As stored, the data parsed. */
export const openReplay = open('bench_replay', (store, load) =>
  replay(
    load,
    true,
    (last?: { readonly position: bigint }) => store.readEvents(last?.position ?? 0n, PAGE),
    ({ data }) => JSON.parse(data),
  ),
);

/** Decoded and checked against the contract, in envelopes. */
export const openDecodedReplay = open('bench_replay_decoded', (store, load) =>
  replay<LogEntry>(
    load,
    true,
    (last) => store.readLog(last?.position ?? 0n, PAGE),
    () => undefined,
  ),
);

import { deadlines } from '@managed-os/contracts';
import { connectBus, migrationsOfBus, Relay, streamOf as busStreamOf } from '@managed-os/event-bus';
import { RandomIds, realTime } from '@managed-os/kernel';
import { jetstreamManager } from '@nats-io/jetstream';
import pg from 'pg';
import type { Open } from '../contestant.js';
import { createStoreDatabase } from '../database.js';
import { macsOf, opened, streamOf, TIME } from '../events.js';
import { openStore } from '../event-store/store.js';
import { startWorker } from '../worker-process.js';
import { now } from './monotonic.js';
import { log } from '../warnings.js';

const PER_SECOND = 500;
const ids = new RandomIds();

/**
 * One process appends, at its own pace whatever happens, and relays; another one reads. Each event carries the moment
 * before its append in its correlation id.
 */
export const openEndToEnd: Open = async (place, load) => {
  const database = await createStoreDatabase(place, 'bench_end_to_end', 'deadlines', [migrationsOfBus]);
  const store = openStore(database);
  const pool = new pg.Pool({ connectionString: database.serviceUrl, max: 4 });
  const connection = await connectBus({ servers: place.natsUrl, name: 'deadlines' });
  const jsm = await jetstreamManager(connection, { checkAPI: false });
  await jsm.streams.delete(busStreamOf('deadlines')).catch(() => false);
  const relay = new Relay({ connection, store, context: deadlines, pool, real: realTime, log });
  await relay.start();
  const reader = await startWorker('ours: end of the line', place, load);
  const nextMac = macsOf(0);
  const append = async (): Promise<void> => {
    const device = nextMac();
    const id = ids.next();
    await store.append({
      stream: streamOf(device),
      expected: 'any',
      events: [opened(device)],
      cause: { correlationId: String(now()), actor: 'service:bench', time: TIME, idOf: () => id },
    });
  };
  return {
    async round() {
      const read = reader.round();
      const began = realTime.elapsed();
      const appends: Promise<void>[] = [];
      for (let i = 0; i < load.events; i++) {
        await realTime.sleep(began + (i * 1_000) / PER_SECOND - realTime.elapsed());
        appends.push(append());
      }
      await Promise.all(appends);
      return read;
    },
    async close() {
      await reader.close();
      await relay.stop();
      await jsm.streams.delete(busStreamOf('deadlines'));
      await connection.close();
      await store.close();
      await pool.end();
      await database.drop();
    },
  };
};

import { deadlines } from '@managed-os/contracts';
import { connectBus, migrationsOfBus, Relay, streamOf } from '@managed-os/event-bus';
import { realTime } from '@managed-os/kernel';
import { jetstreamManager } from '@nats-io/jetstream';
import pg from 'pg';
import type { Load, Place } from '../contestant.js';
import { createStoreDatabase } from '../database.js';
import { fill } from '../event-store/fill.js';
import { openStore } from '../event-store/store.js';
import { log } from '../warnings.js';

const MACS = 1_000;

/** A store of `deadlines` that holds the load's events, and what relays it. */
export const openBacklog = async (place: Place, load: Load, name: string) => {
  const database = await createStoreDatabase(place, name, 'deadlines', [migrationsOfBus]);
  await fill(database, load.events, Math.min(MACS, load.events));
  const pool = new pg.Pool({ connectionString: database.serviceUrl, max: 4 });
  const connection = await connectBus({ servers: place.natsUrl, name: 'deadlines' });
  const jsm = await jetstreamManager(connection, { checkAPI: false });
  const store = openStore(database);
  const forget = async (): Promise<void> => {
    await jsm.streams.delete(streamOf('deadlines')).catch(() => false);
    await pool.query('delete from relay');
  };
  await forget();
  return {
    store,
    jsm,
    /** As if nothing had ever been relayed. */
    forget,
    newRelay: () => new Relay({ connection, store, context: deadlines, pool, real: realTime, log }),
    async close() {
      await forget();
      await connection.close();
      await store.close();
      await pool.end();
      await database.drop();
    },
  };
};

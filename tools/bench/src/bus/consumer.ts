import { type Fact, updates, type UpdatesEvent } from '@managed-os/contracts';
import { done, migrationsOfBus, reactionOf, streamOf } from '@managed-os/event-bus';
import { handler, PgEventStore } from '@managed-os/event-store';
import { accept, type Decider, realTime, SystemClock } from '@managed-os/kernel';
import pg from 'pg';
import type { Contestant, Load, Open, Place } from '../contestant.js';
import { createStoreDatabase, type StoreDatabase } from '../database.js';
import { watchMemory } from '../measure/memory.js';
import { openBacklog } from './backlog.js';
import { type Handle, startService } from './service.js';

const clock = new SystemClock();

/** Every obligation is an observation; its revision counts up. */
const counting: Decider<Fact<'ObligationOpened'>, UpdatesEvent, number, never> = {
  initial: 0,
  decide: ({ deviceId, version }, count) =>
    accept({ type: 'VersionObserved', deviceId, osVersion: version, factsRevision: count + 1, seenBy: 'facts' }),
  evolve: (count, event) => (event.type === 'VersionObserved' ? event.factsRevision : count),
};

/** A service of its own store, and a stream that is full before the service starts. */
const openConsumer =
  (name: string, handlerOf: (database: StoreDatabase, store: PgEventStore<UpdatesEvent>) => (service: string) => Handle): Open =>
  async (place: Place, load: Load): Promise<Contestant> => {
    const backlog = await openBacklog(place, load, `${name}_from`);
    const relay = backlog.newRelay();
    await relay.start();
    await relay.caughtUp();
    await relay.stop();
    const database = await createStoreDatabase(place, name, 'updates', [migrationsOfBus]);
    const pool = new pg.Pool({ connectionString: database.serviceUrl, max: 4 });
    const store = new PgEventStore<UpdatesEvent>({
      databaseUrl: database.serviceUrl,
      schema: database.schema,
      context: updates,
      opens: ['VersionObserved'],
      clockReal: realTime,
    });
    const newHandle = handlerOf(database, store);
    let rounds = 0;
    return {
      async round() {
        // Another consumer each time: the messages of the round before were handled.
        const service = `bench_${(rounds += 1)}`;
        const memory = watchMemory();
        const handle = newHandle(service);
        let count = 0;
        const looking = setInterval(memory.look, 50);
        let first: number | undefined;
        const all = Promise.withResolvers<number>();
        const running = await startService(service, place.natsUrl, pool, async (message) => {
          first ??= realTime.elapsed();
          const settlement = await handle(message);
          if (++count === load.events) all.resolve(realTime.elapsed());
          return settlement;
        });
        const last = await all.promise;
        clearInterval(looking);
        await running.caughtUp();
        await running.close();
        await backlog.jsm.consumers.delete(streamOf('deadlines'), service);
        return { count, millis: last - (first ?? last), facts: memory.facts() };
      },
      async close() {
        await store.close();
        await pool.end();
        await database.drop();
        await backlog.close();
      },
    };
  };

export const openDeciding = openConsumer('bench_deciding', (_, store) => {
  const handle = handler(store, 'device_update', counting);
  return (service) => async (message) => {
    await handle(message.data.deviceId, message.data, reactionOf(message, service, clock));
    return done;
  };
});

export const openIdle = openConsumer('bench_idle', () => () => () => Promise.resolve(done));

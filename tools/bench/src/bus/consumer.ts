import { type Fact, updates, type UpdatesEvent } from '@managed-os/contracts';
import { done, migrationsOfBus, reactionOf, streamOf } from '@managed-os/event-bus';
import { handler, PgEventStore } from '@managed-os/event-store';
import { accept, type Decider, realTime, SystemClock } from '@managed-os/kernel';
import pg from 'pg';
import type { Open } from '../contestant.js';
import { createStoreDatabase } from '../database.js';
import { defer } from '../deferred.js';
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

const LOOK_EVERY = 200;

/** A service with a store of its own, and a stream that is full before it starts to read. */
const openConsumer =
  (name: string, handleWith: (store: PgEventStore<UpdatesEvent>, service: string) => Handle): Open =>
  async (place, load) => {
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
    let rounds = 0;
    return {
      async round() {
        // Another consumer each time: what the one before handled would be a duplicate.
        const service = `bench_${(rounds += 1)}`;
        const handle = handleWith(store, service);
        const memory = watchMemory();
        const all = defer<number>();
        let [count, first] = [0, 0];
        const running = await startService(service, place.natsUrl, pool, async (message) => {
          first ||= realTime.elapsed();
          const settlement = await handle(message);
          count += 1;
          if (count % LOOK_EVERY === 0) memory.look();
          if (count === load.events) all.resolve(realTime.elapsed());
          return settlement;
        });
        const last = await all.promise;
        await running.caughtUp();
        await running.close();
        await backlog.jsm.consumers.delete(streamOf('deadlines'), service);
        if (count !== load.events) throw new Error(`${count} messages were handled, of ${load.events}`);
        return { count, millis: last - first, facts: memory.facts() };
      },
      async close() {
        await store.close();
        await pool.end();
        await database.drop();
        await backlog.close();
      },
    };
  };

/** Loads, decides and appends, once per message. */
export const openDeciding = openConsumer('bench_deciding', (store, service) => {
  const handle = handler(store, 'device_update', counting);
  return async (message) => {
    await handle(message.data.deviceId, message.data, reactionOf(message, service, clock));
    return done;
  };
});

export const openIdle = openConsumer('bench_idle', () => () => Promise.resolve(done));

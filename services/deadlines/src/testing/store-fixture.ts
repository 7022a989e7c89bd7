import { deadlines, type DeadlinesEvent, type ManagedOsEvent } from '@managed-os/contracts';
import { envelopeOf } from '@managed-os/contracts/testing';
import { type EventStore, openPool, PgEventStore, type Projection, ProjectionRunner } from '@managed-os/event-store';
import { createTestDatabase } from '@managed-os/event-store/testing';
import { type Instant, RandomIds, reactionId, SystemClock } from '@managed-os/kernel';
import { ManualClock } from '@managed-os/kernel/testing';
import { Kysely, PostgresDialect } from 'kysely';
import { DeadlinesConfig } from '../config.js';
import { FACTS_CONSUMER, inputs } from '../inputs/inputs.projection.js';
import { Reevaluations } from '../reevaluation/reevaluations.js';
import { settingsOf } from '../settings.js';
import type { DeadlinesTables } from '../tables.js';
import { DueTimers } from '../timers/due-timers.js';
import { states } from '../obligations/states.projection.js';
import { Previews } from '../preview/previews.js';
import { timers } from '../timers/timers.projection.js';
import { tokenOfFact } from './facts.js';

const { real } = new SystemClock();

/** Store, projections and loops of the service on a database of their own, moved by hand; no bus. */
export const openStoreFixture = async (now: Instant, projections: readonly Projection[] = [inputs, timers, states]) => {
  const database = await createTestDatabase({
    schema: 'deadlines',
    folders: [new URL('../migrations/', import.meta.url)],
  });
  const pool = openPool({ connectionString: database.databaseUrl, max: 10 });
  const db = new Kysely<DeadlinesTables>({ dialect: new PostgresDialect({ pool }) });
  const store = new PgEventStore<DeadlinesEvent>({
    databaseUrl: database.databaseUrl,
    schema: database.schema,
    context: deadlines,
    clockReal: real,
  });
  const runner = (list: readonly Projection[]) =>
    new ProjectionRunner({
      store,
      databaseUrl: database.databaseUrl,
      projections: list,
      schema: database.schema,
      real,
    });
  const running = runner(projections);
  running.start();
  const clock = new ManualClock(now);
  const settings = settingsOf(new DeadlinesConfig());
  const work = { next: () => real.sleep(20) };
  let told = 0;
  return {
    db,
    store,
    clock,
    /** How many facts were told; the last one's revision. */
    told: () => told,
    caughtUp: () => running.caughtUp(),
    runner,
    reevaluations: (on: EventStore<DeadlinesEvent> = store) =>
      new Reevaluations(db, on, clock, settings, work, new RandomIds()),
    settings,
    previews: new Previews(db, store, clock, settings),
    dueTimers: (on: EventStore<DeadlinesEvent> = store) => new DueTimers(db, on, clock, settings, work),
    /** Takes facts in as the consumer does, in this order, and waits until they are folded. */
    async tell(...facts: readonly ManagedOsEvent[]): Promise<void> {
      for (const fact of facts) {
        told += 1;
        const envelope = envelopeOf(fact, {
          id: reactionId('told', told),
          subject: `test-${tokenOfFact(fact)}`,
          position: BigInt(told),
          revision: BigInt(told),
          time: clock.now(),
        });
        const cause = {
          correlationId: envelope.correlationId,
          causationId: envelope.id,
          actor: 'test',
          time: clock.now(),
        };
        await store.append({
          stream: 'inbox-deadlines',
          expected: 'any',
          events: [],
          cause: { ...cause, idOf: (index) => reactionId(envelope.id, index) },
          once: { consumer: FACTS_CONSUMER, messageId: envelope.id, envelope },
        });
      }
      await running.caughtUp();
    },
    /** Looks again until no mark is left, and waits until what came of it is folded. */
    async plan(): Promise<void> {
      const loop = this.reevaluations();
      while ((await loop.runOnce(clock.now())).handled > 0);
      await running.caughtUp();
    },
    async marked(): Promise<readonly string[]> {
      const rows = await db.selectFrom('reevaluations').select('device_id').orderBy('device_id').execute();
      return rows.map(({ device_id }) => device_id);
    },
    async eventsOf(deviceId: string): Promise<readonly DeadlinesEvent[]> {
      return (await store.readStream(`obligations-${deviceId}`)).map(({ data }) => data);
    },
    /** Stops the projections. */
    stop: () => running.stop(),
    async close(): Promise<void> {
      await running.stop();
      await store.close();
      await db.destroy();
      await database.drop();
    },
  };
};

export type StoreFixture = Awaited<ReturnType<typeof openStoreFixture>>;

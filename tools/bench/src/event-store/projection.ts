import type { DeadlinesEvent } from '@managed-os/contracts';
import { defineProjection, type Projection, ProjectionRunner } from '@managed-os/event-store';
import { realTime } from '@managed-os/kernel';
import type { Open } from '../contestant.js';
import { createStoreDatabase, onServer } from '../database.js';
import { watchMemory } from '../measure/memory.js';
import { fill } from './fill.js';
import { openStore } from './store.js';

interface Tables {
  due: { device_id: string; obligation_id: string; deadline: string; position: string };
}

const dueOf = (name: string): Projection =>
  defineProjection<DeadlinesEvent, Tables>()({
    name,
    version: 1,
    tables: ['due'],
    handlers: {
      ObligationOpened: ({ deviceId, obligationId, deadline }, tx, { position }) => {
        const row = { obligation_id: obligationId, deadline, position: String(position) };
        return tx
          .insertInto('due')
          .values({ device_id: deviceId, ...row })
          .onConflict((conflict) => conflict.column('device_id').doUpdateSet(row));
      },
      ObligationClosed: 'ignored',
      ObligationRescheduled: 'ignored',
      PlanChanged: 'ignored',
      TimerSet: 'ignored',
      TimerCancelled: 'ignored',
      NotifyFromReached: 'ignored',
      DeadlineReached: 'ignored',
      CountdownEnded: 'ignored',
      ProposalAssessed: 'ignored',
    },
  });

/** One row upserted per event. */
export const openProjection: Open = async (place, load) => {
  const database = await createStoreDatabase(place, 'bench_projection', 'deadlines');
  await fill(database, load.events, Math.min(1_000, load.events));
  await onServer(database.url, (client) =>
    client.query(`create table deadlines.due (device_id uuid primary key, obligation_id uuid not null,
      deadline timestamptz not null, position bigint not null) with (fillfactor = 50);
      grant select, insert, update, delete on deadlines.due to mos_deadlines`),
  );
  const store = openStore(database);
  const { schema, serviceUrl: databaseUrl } = database;
  let rounds = 0;
  return {
    async round() {
      const memory = watchMemory();
      const projections = [dueOf(`due_${(rounds += 1)}`)];
      const runner = new ProjectionRunner({ store, databaseUrl, schema, projections, real: realTime });
      const began = realTime.elapsed();
      runner.start();
      await runner.caughtUp();
      const millis = realTime.elapsed() - began;
      await runner.stop();
      return { count: load.events, millis, facts: memory.facts() };
    },
    async close() {
      await store.close();
      await database.drop();
    },
  };
};

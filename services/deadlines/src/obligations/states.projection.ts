import type { DeadlinesEvent, Envelope } from '@managed-os/contracts';
import { defineProjection } from '@managed-os/event-store';
import { type Kysely, sql } from 'kysely';
import type { DeadlinesTables } from '../tables.js';
import { evolve, nothingOwed } from './obligations.state.js';
import type { StreamState } from './record.js';

/** The Macs that the events in hand are about, as those so far leave them. */
type Macs = Map<string, StreamState>;

const lookUp = async (events: readonly Envelope[], tx: Kysely<DeadlinesTables>): Promise<Macs> => {
  const ids = new Set(events.flatMap(({ data }) => ('deviceId' in data ? [data.deviceId] : [])));
  const rows = await tx
    .selectFrom('states')
    .selectAll()
    .where('device_id', '=', sql<string>`any(${[...ids]}::uuid[])`)
    .execute();
  return new Map(rows.map(({ device_id, revision, state }) => [device_id, { state, revision: BigInt(revision) }]));
};

/** Folds an event with the very same `evolve` that decides. */
const fold = (
  event: Exclude<DeadlinesEvent, { type: 'ProposalAssessed' }>,
  _: unknown,
  { revision }: Envelope,
  macs: Macs,
): undefined => {
  const before = macs.get(event.deviceId)?.state ?? nothingOwed;
  macs.set(event.deviceId, { state: evolve(before, event), revision });
};

/** What each Mac owes, as its stream says it: for looking at many Macs without reading their streams. */
export const states = defineProjection<DeadlinesEvent, DeadlinesTables>()({
  name: 'states',
  version: 1,
  tables: ['states'],
  lookUp,
  writeBack: (macs, tx) => [
    sql`
      insert into states (device_id, revision, state)
      select * from unnest(
        ${[...macs.keys()]}::uuid[],
        ${[...macs.values()].map(({ revision }) => String(revision))}::bigint[],
        ${[...macs.values()].map(({ state }) => JSON.stringify(state))}::json[])
      on conflict (device_id) do update set revision = excluded.revision, state = excluded.state`.compile(tx),
  ],
  handlers: {
    ObligationOpened: fold,
    ObligationClosed: fold,
    ObligationRescheduled: fold,
    PlanChanged: fold,
    TimerSet: fold,
    TimerCancelled: fold,
    NotifyFromReached: fold,
    DeadlineReached: fold,
    CountdownEnded: fold,
    ProposalAssessed: 'ignored',
  },
});

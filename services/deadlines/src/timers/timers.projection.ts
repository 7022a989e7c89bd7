import type { DeadlinesEvent, Envelope, Fact } from '@managed-os/contracts';
import { defineProjection, type Statement } from '@managed-os/event-store';
import type { Kysely } from 'kysely';
import { isPurpose, type Purpose } from '../obligations/obligations.state.js';
import type { DeadlinesTables } from '../tables.js';

type Tx = Kysely<DeadlinesTables>;

const remove = ({ timerId }: { readonly timerId: string }, tx: Tx): Statement =>
  tx.deleteFrom('timers').where('timer_id', '=', timerId);

/** One that fired on time leaves nothing but its event. */
const fired =
  (purpose: Purpose) =>
  (event: Fact<'NotifyFromReached' | 'DeadlineReached' | 'CountdownEnded'>, tx: Tx, { position }: Envelope) => {
    const { timerId, deviceId, dueAt, lateSeconds, lateBecause } = event;
    if (lateSeconds === 0 && lateBecause === undefined) return remove(event, tx);
    const late = { timer_id: timerId, device_id: deviceId, purpose, due_at: dueAt, late_seconds: lateSeconds };
    return [
      remove(event, tx),
      tx.insertInto('late_timers').values({ ...late, because: lateBecause ?? null, position: String(position) }),
    ];
  };

/** What falls due when, and what fired late (X8). */
export const timers = defineProjection<DeadlinesEvent, DeadlinesTables>()({
  name: 'timers',
  version: 2,
  tables: ['timers', 'late_timers'],
  handlers: {
    TimerSet({ deviceId, purpose, timerId, dueAt, obligationId }, tx, { id, time, correlationId }) {
      if (!isPurpose(purpose)) return undefined;
      const row = {
        timer_id: timerId,
        due_at: dueAt,
        obligation_id: obligationId,
        set_at: time,
        set_by: id,
        correlation_id: correlationId,
      };
      return tx
        .insertInto('timers')
        .values({ device_id: deviceId, purpose, ...row })
        .onConflict((c) => c.columns(['device_id', 'purpose']).doUpdateSet(row));
    },
    TimerCancelled: remove,
    NotifyFromReached: fired('notify_from'),
    DeadlineReached: fired('deadline'),
    CountdownEnded: fired('countdown'),
    ObligationOpened: 'ignored',
    ObligationClosed: 'ignored',
    ObligationRescheduled: 'ignored',
    PlanChanged: 'ignored',
    ProposalAssessed: 'ignored',
  },
});

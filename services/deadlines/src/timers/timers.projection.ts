import type { DeadlinesEvent } from '@managed-os/contracts';
import { defineProjection, type Statement } from '@managed-os/event-store';
import type { Kysely } from 'kysely';
import { isPurpose } from '../obligations/obligations.state.js';
import type { DeadlinesTables } from '../tables.js';

const remove = ({ timerId }: { readonly timerId: string }, tx: Kysely<DeadlinesTables>): Statement =>
  tx.deleteFrom('timers').where('timer_id', '=', timerId);

/** What falls due when. */
export const timers = defineProjection<DeadlinesEvent, DeadlinesTables>()({
  name: 'timers',
  version: 1,
  tables: ['timers'],
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
    NotifyFromReached: remove,
    DeadlineReached: remove,
    CountdownEnded: remove,
    ObligationOpened: 'ignored',
    ObligationClosed: 'ignored',
    ObligationRescheduled: 'ignored',
    PlanChanged: 'ignored',
    ProposalAssessed: 'ignored',
  },
});

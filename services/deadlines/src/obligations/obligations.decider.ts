import type { DeadlinesEvent, Fact } from '@managed-os/contracts';
import { accept, type Decider, type Instant, millisBetween } from '@managed-os/kernel';
import { reconcile } from './ledger.js';
import type { ObligationsInput, Reevaluated, TimerDue } from './obligations.input.js';
import { evolve, nothingOwed, type Obligations, type Purpose, PURPOSES, type Timer } from './obligations.state.js';
import { planChange } from './plan-changed.js';
import { schedule } from './schedule.js';

/** What one Mac owes by when: stream `obligations-<deviceId>`. Repeating an input changes nothing. */
export const obligations: Decider<ObligationsInput, DeadlinesEvent, Obligations> = {
  initial: nothingOwed,
  decide: (input, state) => accept(...(input.type === 'Reevaluated' ? reevaluate(input, state) : fire(input, state))),
  evolve,
};

const reevaluate = (input: Reevaluated, state: Obligations): readonly DeadlinesEvent[] => {
  const { deviceId, now, countdownMillis } = input;
  const ledger = reconcile(state, input);
  const reconciled = ledger.reduce(evolve, state);
  const plan = planChange(reconciled, input);
  return [...ledger, ...plan, ...schedule(plan.reduce(evolve, reconciled), deviceId, now, countdownMillis)];
};

/** A timer that was cancelled, replaced or fired meanwhile gives no event. */
const fire = (input: TimerDue, state: Obligations): readonly DeadlinesEvent[] => {
  const purpose = PURPOSES.find((name) => state.timers[name]?.timerId === input.timerId);
  const timer = purpose && state.timers[purpose];
  if (!timer || timer.dueAt > input.now) return [];
  const due =
    purpose === 'deadline'
      ? [...notifyFirst(input, state), reached(purpose, timer, input)]
      : [reached(purpose, timer, input)];
  return [...due, ...schedule(due.reduce(evolve, state), input.deviceId, input.now, input.countdownMillis)];
};

/** Prompting begins before it ends, also when both moments are past. */
const notifyFirst = (input: TimerDue, state: Obligations): readonly DeadlinesEvent[] =>
  state.timers.notify_from ? [reached('notify_from', state.timers.notify_from, input)] : [];

const REACHED = {
  notify_from: 'NotifyFromReached',
  deadline: 'DeadlineReached',
  countdown: 'CountdownEnded',
} as const satisfies Record<Purpose, DeadlinesEvent['type']>;

const reached = (
  purpose: Purpose,
  { timerId, dueAt, obligationId }: Timer,
  { deviceId, now, setAt, upSince }: TimerDue,
): Fact<(typeof REACHED)[Purpose]> => {
  const because = lateBecause(dueAt, setAt, upSince);
  return {
    type: REACHED[purpose],
    deviceId,
    obligationId,
    timerId,
    dueAt,
    lateSeconds: Math.max(0, Math.floor(millisBetween(dueAt as Instant, now) / 1_000)),
    ...(because && { lateBecause: because }),
  };
};

/** `opened_late`: its moment was past when it was set; `server_down`: nobody was there to fire it (X8). */
const lateBecause = (dueAt: string, setAt: Instant, upSince: Instant): 'opened_late' | 'server_down' | undefined =>
  dueAt < setAt ? 'opened_late' : dueAt < upSince ? 'server_down' : undefined;

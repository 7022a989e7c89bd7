import type { Fact } from '@managed-os/contracts';
import { type Mechanism, MECHANISMS } from '@managed-os/enforcement';
import { addMillis, type Instant, reactionId } from '@managed-os/kernel';
import { type Obligations, type OpenObligation, type Purpose, PURPOSES } from './obligations.state.js';

type Wanted = Partial<Record<Purpose, { readonly dueAt: string; readonly obligationId: string }>>;

/**
 * Sets, moves and cancels timers so that exactly those of the obligation that makes the Mac's deadline are there. At the
 * deadline the update is enforced (S65), without anybody's doing on the Mac (S3).
 */
export const schedule = (
  state: Obligations,
  deviceId: string,
  now: Instant,
  countdownMillis: number,
): readonly (Fact<'TimerSet'> | Fact<'TimerCancelled'>)[] => {
  const wanted = wantedTimers(state, now, countdownMillis);
  let count = state.timersSet;
  return PURPOSES.flatMap((purpose): readonly (Fact<'TimerSet'> | Fact<'TimerCancelled'>)[] => {
    const [have, want] = [state.timers[purpose], wanted[purpose]];
    if (!want) return have ? [{ type: 'TimerCancelled', deviceId, timerId: have.timerId, purpose }] : [];
    if (have?.obligationId === want.obligationId && have.dueAt === want.dueAt) return [];
    const timerId = reactionId('timer', deviceId, want.obligationId, purpose, count++);
    return [{ type: 'TimerSet', deviceId, timerId, purpose, ...want }];
  });
};

/**
 * A moment that was passed stays passed unless an admin moved it into the future, which ends a countdown that runs (Q39).
 * An earlier one applies at once, but never shortens a countdown that runs.
 */
const wantedTimers = (state: Obligations, now: Instant, countdownMillis: number): Wanted => {
  const binding = state.open[0];
  if (!binding) return {};
  const { obligationId, deadline, notifyFrom, phase } = binding;
  const reached = (phase === 'overdue' || phase === 'countdown_over') && deadline <= now;
  const notified = reached || (phase !== 'waiting' && notifyFrom <= now);
  return {
    ...(!notified && { notify_from: { dueAt: notifyFrom, obligationId } }),
    ...(!reached && { deadline: { dueAt: deadline, obligationId } }),
    ...(reached &&
      phase === 'overdue' &&
      serverCountsDown(state) && {
        countdown: { dueAt: runningCountdown(state, binding) ?? addMillis(now, countdownMillis), obligationId },
      }),
  };
};

const runningCountdown = (
  { timers: { countdown } }: Obligations,
  { obligationId }: OpenObligation,
): string | undefined => (countdown?.obligationId === obligationId ? countdown.dueAt : undefined);

/** Nobody on the Mac can count down, and it is for the server to request the install (section 6b). */
const serverCountsDown = ({ plan }: Obligations): boolean =>
  plan?.status === 'due' && !plan.agentInstalled && traitsOf(plan.steps[0]?.mechanism)?.serverCountsDown === true;

const traitsOf = (mechanism: string | undefined) =>
  mechanism !== undefined && Object.hasOwn(MECHANISMS, mechanism) ? MECHANISMS[mechanism as Mechanism] : undefined;

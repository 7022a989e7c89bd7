import { type Mechanism, MECHANISMS } from '@managed-os/enforcement';
import { addMillis, type Instant } from '@managed-os/kernel';
import { reconcile } from '../obligations/ledger.js';
import type { Reevaluated } from '../obligations/obligations.input.js';
import { evolve, type Obligations, type OpenObligation } from '../obligations/obligations.state.js';

/**
 * `due`: owes something and owed nothing; `countdown`: gets one at its next check-in; `earlier`, `later`: its deadline moves;
 * `late_notice`: prompting begins less than the notification window before a deadline to come (Q22);
 * `released`: owed something and owes nothing; `cannot_comply`: there is no way, or something is in it; `nobody_prompts`:
 * its user sees nothing before the restart dialog (section 6b).
 */
export const EFFECTS = [
  'due',
  'countdown',
  'late_notice',
  'earlier',
  'later',
  'released',
  'cannot_comply',
  'nobody_prompts',
] as const;
export type Effect = (typeof EFFECTS)[number];

type Deadline = Pick<OpenObligation, 'obligationId' | 'version' | 'deadline' | 'notifyFrom'>;

/** What looking at one Mac again would do to it. */
export interface Impact {
  readonly deviceId: string;
  /** As the plan will say it. */
  readonly status: string;
  readonly reason: string | null;
  /** As the plan says it now; null before its first one. */
  readonly statusBefore: string | null;
  /** Null: it owes nothing. */
  readonly before: Deadline | null;
  readonly after: Deadline | null;
  readonly effects: readonly Effect[];
  /** When its apps would be closed at the earliest; null while nothing is enforced on it. */
  readonly restart: Instant | null;
  /** Its own zone. */
  readonly zone: string | null;
}

/** Keeps the ledger as the re-evaluation will, and compares; the state stays as it is. */
export const impactOf = (state: Obligations, input: Reevaluated, zone: string | null): Impact => {
  const next = reconcile(state, input).reduce(evolve, state);
  const { status, reason } = input.evaluation;
  const [before, after] = [state.open[0], next.open[0]];
  const restart = status === 'due' && after ? restartOf(after, next, input) : null;
  return {
    deviceId: input.deviceId,
    status,
    reason,
    statusBefore: state.plan?.status ?? null,
    before: before ? deadlineOf(before) : null,
    after: after ? deadlineOf(after) : null,
    effects: EFFECTS.filter((effect) => HAS[effect]({ before, after, input })),
    restart,
    zone,
  };
};

const deadlineOf = ({ obligationId, version, deadline, notifyFrom }: OpenObligation): Deadline => ({
  obligationId,
  version,
  deadline,
  notifyFrom,
});

interface Comparison {
  readonly before: OpenObligation | undefined;
  readonly after: OpenObligation | undefined;
  readonly input: Reevaluated;
}

const HAS: Readonly<Record<Effect, (comparison: Comparison) => boolean>> = {
  due: ({ before, after }) => after !== undefined && before === undefined,
  countdown: ({ before, after, input: { evaluation, now } }) =>
    evaluation.status === 'due' &&
    after !== undefined &&
    after.deadline <= now &&
    !(before?.obligationId === after.obligationId && isOver(before)),
  late_notice: ({ before, after, input: { now } }) =>
    after !== undefined &&
    after.notifyFrom < now &&
    now < after.deadline &&
    !(before?.obligationId === after.obligationId && before.notifyFrom <= now),
  earlier: ({ before, after }) => before !== undefined && after !== undefined && after.deadline < before.deadline,
  later: ({ before, after }) => before !== undefined && after !== undefined && after.deadline > before.deadline,
  released: ({ before, after }) => before !== undefined && after === undefined,
  cannot_comply: ({ input: { evaluation } }) => ['incompatible', 'blocked', 'unknown'].includes(evaluation.status),
  nobody_prompts: ({ after, input }) => after !== undefined && serverCountsDown(input),
};

const isOver = ({ phase }: OpenObligation): boolean => phase === 'overdue' || phase === 'countdown_over';

const serverCountsDown = ({ evaluation, agentInstalled }: Reevaluated): boolean => {
  const mechanism: Mechanism | undefined = 'steps' in evaluation ? evaluation.steps[0]?.mechanism : undefined;
  return !agentInstalled && mechanism !== undefined && MECHANISMS[mechanism].serverCountsDown === true;
};

/** A countdown that runs already ends when it ends. */
const restartOf = (
  { deadline, obligationId }: OpenObligation,
  { timers }: Obligations,
  { now, countdownMillis }: Reevaluated,
): Instant => {
  const running = timers.countdown;
  if (running?.obligationId === obligationId) return running.dueAt as Instant;
  return addMillis((deadline > now ? deadline : now) as Instant, countdownMillis);
};

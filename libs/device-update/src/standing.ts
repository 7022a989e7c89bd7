import type { Fact } from '@managed-os/contracts';
import { type Instant, present, without } from '@managed-os/kernel';
import { declarationWay } from './mechanisms.js';
import { onNewerPlan } from './observation.js';
import { below, type Phase, phaseOf, rankOf, type Standing, type UpdateEvent, type UpdateState } from './state.js';

/** What a plan makes of the Mac's standing; a plan on older facts than were seen says nothing. */
export const onPlan = (fact: Fact<'PlanChanged'>, state: UpdateState, at: Instant): readonly UpdateEvent[] => {
  if (isStale(fact, state)) return [];
  const seen = onNewerPlan(fact, state);
  const next = standingOf(fact, state, at, seen.length > 0 || state.observed !== undefined);
  return state.standing && sameStanding(state.standing, next) ? seen : [...seen, changed(fact.deviceId, next)];
};

/** A Mac that left can do nothing; its plan says so too when it comes. A Mac that owed nothing goes on owing nothing. */
export const onUnenrolled = (fact: Fact<'DeviceUnenrolled'>, state: UpdateState): readonly UpdateEvent[] =>
  state.standing && (state.standing.status === 'due' || state.standing.step)
    ? [
        changed(fact.deviceId, {
          ...without(state.standing, 'step'),
          status: 'blocked',
          reason: 'not_enrolled',
        }),
      ]
    : [];

type TimerFact = Fact<'NotifyFromReached'> | Fact<'DeadlineReached'> | Fact<'CountdownEnded'>;

const PHASE_OF: Readonly<Record<TimerFact['type'], Exclude<Phase, 'waiting'>>> = {
  NotifyFromReached: 'prompting',
  DeadlineReached: 'overdue',
  CountdownEnded: 'countdown_over',
};

/**
 * The time of an obligation moved on. Also kept for an obligation that is not the standing's: its plan may still come.
 * A timer of an instant that an admin has since moved into the future says nothing (Q39).
 */
export const onTimer = (fact: TimerFact, state: UpdateState, at: Instant): readonly UpdateEvent[] => {
  const phase = PHASE_OF[fact.type];
  if (rankOf(phase) <= rankOf(phaseOf(fact.obligationId, state))) return [];
  const { standing } = state;
  const own = standing?.obligationId === fact.obligationId;
  if (own && rankOf(latestPhase(standing, phase, at)) < rankOf(phase)) return [];
  return [
    present({
      type: 'PhaseReached' as const,
      deviceId: fact.deviceId,
      obligationId: fact.obligationId,
      phase,
      mechanism: own ? state.attempt?.mechanism : undefined,
    }),
  ];
};

export const onSilence = (fact: Fact<'DeviceSilent'>, state: UpdateState): readonly UpdateEvent[] =>
  state.silentSince === undefined ? [{ type: 'DeviceWentSilent', deviceId: fact.deviceId, since: fact.since }] : [];

export const onHeard = (fact: Fact<'DeviceHeard'>, state: UpdateState): readonly UpdateEvent[] =>
  state.silentSince === undefined ? [] : [{ type: 'DeviceReturned', deviceId: fact.deviceId }];

/** Older than the facts seen, or than a version that an answer showed before its facts came. */
const isStale = (fact: Fact<'PlanChanged'>, { factsRevision, observed }: UpdateState): boolean =>
  fact.factsRevision < factsRevision ||
  (observed?.confirmed === false && fact.osVersion !== undefined && below(fact.osVersion, observed.version));

const standingOf = (fact: Fact<'PlanChanged'>, state: UpdateState, at: Instant, versionKnown: boolean): Standing => {
  const { obligation } = fact;
  const step = isPursued(fact) ? fact.steps[0] : undefined;
  // Nothing but a version that was seen makes a Mac compliant (X11).
  const unseen = (fact.status === 'compliant' || fact.status === 'above_required') && !versionKnown;
  const instants = { deadline: obligation?.deadline, notifyFrom: obligation?.notifyFrom };
  return present({
    status: unseen ? 'unknown' : fact.status,
    reason: unseen ? 'inventory_missing' : fact.reason,
    factsRevision: fact.factsRevision,
    osVersion: fact.osVersion,
    blueprintId: fact.blueprintId,
    itemId: fact.itemId,
    obligationId: obligation?.obligationId,
    floor: obligation?.version,
    target: fact.target?.version,
    ...instants,
    deadlineLocal: obligation?.deadlineLocal,
    zone: obligation?.zone,
    phase: obligation ? latestPhase(instants, phaseOf(obligation.obligationId, state), at) : 'waiting',
    step,
    agentInstalled: fact.agentInstalled,
    warnings: fact.warnings,
  });
};

/** A Mac that is due, or one that is blocked by what its declaration does without (row 8). */
const isPursued = ({ status, reason, steps }: Fact<'PlanChanged'>): boolean =>
  status === 'due' ||
  (status === 'blocked' && declarationWay(steps[0]?.mechanism)?.inSpiteOf.includes(reason ?? '') === true);

/**
 * A phase, taken back where its instant has not come: a deadline in the future is not overdue (Q39). Plans and timers come in
 * the order of one stream, and a plan that comes again is known by its message, so none is older than a timer that was heard.
 */
const latestPhase = (
  { deadline, notifyFrom }: { readonly deadline?: string | undefined; readonly notifyFrom?: string | undefined },
  phase: string,
  at: Instant,
): string => {
  if (notifyFrom !== undefined && isBefore(at, notifyFrom)) return 'waiting';
  if (deadline !== undefined && isBefore(at, deadline) && rankOf(phase) > rankOf('prompting')) return 'prompting';
  return phase;
};

const isBefore = (a: string, b: string): boolean => Date.parse(a) < Date.parse(b);

/** Which facts a plan rests on is no change of what the Mac owes. */
const sameStanding = (a: Standing, b: Standing): boolean => fingerprint(a) === fingerprint(b);

const fingerprint = (standing: Standing): string => {
  const { step, ...owed } = without(standing, 'factsRevision', 'osVersion');
  return JSON.stringify([
    Object.entries(owed).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    step && [step.mechanism, step.version, step.build, step.preCache],
  ]);
};

const changed = (deviceId: string, standing: Standing): UpdateEvent => ({
  type: 'StandingChanged',
  deviceId,
  ...standing,
});

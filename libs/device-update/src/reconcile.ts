import { type Instant, present } from '@managed-os/kernel';
import { commanding } from './commanding.js';
import { declaring, isInstalling } from './declaring.js';
import { evolve } from './evolve.js';
import { commandWay, declarationWay, WAYS } from './mechanisms.js';
import { stopAll } from './requests.js';
import type { UpdateSettings } from './settings.js';
import { atLeast, type Attempt, below, type UpdateEvent, type UpdateState } from './state.js';

/**
 * What follows from a state, whatever led to it: an attempt that is over is closed, one that is owed is opened, and the
 * next step is requested unless an answer is awaited. It goes on until nothing is left to add; that is why a fact that
 * arrives twice or late requests nothing twice.
 */
export const reconcile = (
  deviceId: string,
  state: UpdateState,
  at: Instant,
  settings: UpdateSettings,
): readonly UpdateEvent[] => {
  const events: UpdateEvent[] = [];
  for (let now = state; ;) {
    const more = [closing, opening, advancing].map((rule) => rule(deviceId, now, at, settings)).find((e) => e.length);
    if (!more) return events;
    events.push(...more);
    now = more.reduce(evolve, now);
  }
};

/** Ends the attempt and carries what the next one needs: a load of the stream starts at this event. */
export const closeAttempt = (
  deviceId: string,
  attempt: Attempt,
  state: UpdateState,
  outcome: string,
): readonly UpdateEvent[] => [
  ...stopAll(deviceId, attempt, outcome),
  present({
    type: 'AttemptClosed' as const,
    deviceId,
    obligationId: attempt.obligationId,
    attempt: attempt.number,
    outcome,
    observedVersion: state.observed?.version,
    observedBuild: state.observed?.build,
    seenBy: state.observed && (state.observed.confirmed ? 'facts' : 'watch'),
    factsRevision: state.factsRevision,
    phase: state.standing?.phase ?? 'waiting',
    wrongInferences: attempt.wrongInferences,
    silentSince: state.silentSince,
    standing: state.standing,
    otherPhases: state.otherPhases,
    declared: state.declared,
    zone: state.zone,
  }),
];

const closing = (deviceId: string, state: UpdateState): readonly UpdateEvent[] => {
  const outcome = state.attempt && outcomeOf(state.attempt, state);
  return state.attempt && outcome ? closeAttempt(deviceId, state.attempt, state, outcome) : [];
};

const outcomeOf = (attempt: Attempt, { standing, observed }: UpdateState): string | undefined => {
  if (observed && (atLeast(observed.version, attempt.version) || atLeast(observed.version, attempt.floor)))
    return 'verified';
  if (observed && isPastCommands(attempt.mechanism, observed.version)) return 'retargeted';
  if (standing?.status === 'due' || (standing?.status === 'blocked' && standing.step))
    return isOtherAim(attempt, standing) ? 'retargeted' : undefined;
  switch (standing?.status) {
    case 'blocked':
      if (standing.reason === 'not_enrolled') return 'unenrolled';
      return isUnderWay(attempt) ? undefined : 'blocked';
    case 'unknown':
    case 'incompatible':
      return isUnderWay(attempt) ? undefined : 'blocked';
    default:
      return 'withdrawn';
  }
};

/** The Mac has come to a macOS that is updated by declaration: commands are ignored there, or unknown (trap 24). */
const isPastCommands = (mechanism: string, version: string): boolean => {
  const way = commandWay(mechanism);
  return way !== undefined && atLeast(version, way.below);
};

/** What the Mac installs it ends, by what is seen or by our patience; only then what holds the Mac holds it (Q8). */
const isUnderWay = (attempt: Attempt): boolean => attempt.install?.watch !== undefined || isInstalling(attempt);

/** An install that was asked for is not taken back for another target, one that runs not for another obligation either. */
const isOtherAim = (attempt: Attempt, standing: NonNullable<UpdateState['standing']>): boolean => {
  if (isUnderWay(attempt)) return false;
  if (standing.obligationId !== attempt.obligationId) return true;
  if (attempt.install) return false;
  const { step } = standing;
  return (
    step?.version !== attempt.version ||
    step.mechanism !== attempt.mechanism ||
    // A declaration names the very build; one that Apple does not offer any more does nothing, silently (trap 17).
    (step.build !== attempt.build && declarationWay(step.mechanism) !== undefined)
  );
};

const opening = (deviceId: string, { attempt, attempts, standing, observed }: UpdateState): readonly UpdateEvent[] => {
  if (attempt || !(standing?.status === 'due' || standing?.status === 'blocked')) return [];
  const { obligationId, floor, deadline, step } = standing;
  if (obligationId === undefined || floor === undefined || deadline === undefined || !step) return [];
  // A newer version was seen than this plan knows; the next plan is on its way.
  if (observed && !(below(observed.version, step.version) && below(observed.version, floor))) return [];
  if (observed && isPastCommands(step.mechanism, observed.version)) return [];
  return [
    present({
      type: 'AttemptOpened' as const,
      deviceId,
      obligationId,
      attempt: attempts + 1,
      floor,
      version: step.version,
      build: step.build,
      mechanism: step.mechanism,
      preCache: step.preCache,
      fromVersion: observed?.version,
      deadline,
      agentInstalled: standing.agentInstalled,
    }),
  ];
};

const advancing = (
  deviceId: string,
  state: UpdateState,
  at: Instant,
  settings: UpdateSettings,
): readonly UpdateEvent[] => {
  const { attempt, standing } = state;
  const way = WAYS[attempt?.mechanism ?? ''];
  if (!attempt || !way || !standing) return [];
  switch (way.by) {
    case 'declaration':
      return declaring(deviceId, state, at, settings);
    case 'commands':
      return commanding(deviceId, attempt, way, standing, at, settings);
  }
};

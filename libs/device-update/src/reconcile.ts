import { addMillis, type Instant, present } from '@managed-os/kernel';
import { evolve } from './evolve.js';
import { WAYS } from './mechanisms.js';
import { MINUTE, request, requestInstall, stopAll } from './requests.js';
import type { UpdateSettings } from './settings.js';
import { atLeast, type Attempt, below, type CommandKind, rankOf, type UpdateEvent, type UpdateState } from './state.js';

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
  ...stopAll(deviceId, attempt),
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
  }),
];

const closing = (deviceId: string, state: UpdateState): readonly UpdateEvent[] => {
  const outcome = state.attempt && outcomeOf(state.attempt, state);
  return state.attempt && outcome ? closeAttempt(deviceId, state.attempt, state, outcome) : [];
};

const outcomeOf = (attempt: Attempt, { standing, observed }: UpdateState): string | undefined => {
  if (observed && (atLeast(observed.version, attempt.version) || atLeast(observed.version, attempt.floor)))
    return 'verified';
  switch (standing?.status) {
    case 'due':
      return isOtherAim(attempt, standing) ? 'retargeted' : undefined;
    case 'blocked':
      return standing.reason === 'not_enrolled' ? 'unenrolled' : 'blocked';
    case 'unknown':
    case 'incompatible':
      return 'blocked';
    default:
      return 'withdrawn';
  }
};

/** An install that was asked for is not taken back for another target, one that runs not for another obligation either. */
const isOtherAim = (attempt: Attempt, standing: NonNullable<UpdateState['standing']>): boolean => {
  if (attempt.install?.watch) return false;
  if (standing.obligationId !== attempt.obligationId) return true;
  return (
    !attempt.install && (standing.step?.version !== attempt.version || standing.step.mechanism !== attempt.mechanism)
  );
};

const opening = (deviceId: string, { attempt, attempts, standing, observed }: UpdateState): readonly UpdateEvent[] => {
  if (attempt || standing?.status !== 'due') return [];
  const { obligationId, floor, deadline, step } = standing;
  if (obligationId === undefined || floor === undefined || deadline === undefined || !step) return [];
  // A newer version was seen than this plan knows; the next plan is on its way.
  if (observed && !(below(observed.version, step.version) && below(observed.version, floor))) return [];
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
  { attempt, standing }: UpdateState,
  at: Instant,
  settings: UpdateSettings,
): readonly UpdateEvent[] => {
  const way = attempt && WAYS[attempt.mechanism];
  if (!attempt || !way || !standing) return [];
  const { phase } = standing;
  const unprompted = promptImpossible(deviceId, attempt, phase, at, settings);
  if (attempt.install?.watch) return unprompted;
  if (attempt.awaiting?.kind === 'install')
    // The deadline was moved into the future before the Mac took the command (Q39).
    return rankOf(phase) < rankOf('countdown_over') ? [...unprompted, withdraw(deviceId, attempt, 'install')] : [];
  return [...unprompted, ...nextRequest(deviceId, attempt, phase, at)];
};

const nextRequest = (deviceId: string, attempt: Attempt, phase: string, at: Instant): readonly UpdateEvent[] => {
  const way = WAYS[attempt.mechanism];
  const kind = way && nextKind(attempt, phase, way);
  if (!kind) return [];
  const notBefore = pauseFor(kind, attempt, at);
  if (kind !== 'install') return [request(deviceId, attempt, kind, notBefore)];
  return [
    ...(attempt.download ? [{ type: 'WatchClosed' as const, deviceId, watchId: attempt.download.watchId }] : []),
    ...(attempt.awaiting ? [withdraw(deviceId, attempt, 'download')] : []),
    ...requestInstall(deviceId, attempt, notBefore),
  ];
};

/** The next command of an attempt that has no install under way; none while an answer or a download is awaited. */
const nextKind = (
  attempt: Attempt,
  phase: string,
  way: { readonly looksFrom: string; readonly downloads: boolean },
): CommandKind | undefined => {
  const { candidate, awaiting, download, cached, downloadFirst } = attempt;
  if (!candidate) return !awaiting && rankOf(phase) >= rankOf(way.looksFrom) ? 'scan' : undefined;
  // At the end of the countdown the install is asked for whatever the cache holds: macOS downloads the rest.
  if (rankOf(phase) >= rankOf('countdown_over') && !downloadFirst) return 'install';
  if (awaiting || download || cached !== 'no') return undefined;
  return way.downloads && rankOf(phase) >= rankOf('prompting') ? 'download' : undefined;
};

/** A failure's pause holds for what comes next, except that no failed download holds back an install that is due. */
const pauseFor = (kind: CommandKind, { pause }: Attempt, at: Instant): string | undefined => {
  if (!pause || (kind === 'install' && pause.after !== 'install')) return undefined;
  return Date.parse(pause.until) > Date.parse(at) ? pause.until : undefined;
};

const withdraw = (deviceId: string, attempt: Attempt, kind: string): UpdateEvent => ({
  type: 'CommandsWithdrawn',
  deviceId,
  obligationId: attempt.obligationId,
  attempt: attempt.number,
  kind,
});

/** Without an agent nobody counts down on the Mac; that is recorded, and the server waits instead (section 6b). */
const promptImpossible = (
  deviceId: string,
  attempt: Attempt,
  phase: string,
  at: Instant,
  settings: UpdateSettings,
): readonly UpdateEvent[] =>
  phase === 'overdue' && !attempt.agentInstalled && !attempt.unprompted
    ? [
        {
          type: 'PromptImpossible',
          deviceId,
          obligationId: attempt.obligationId,
          reason: 'agent_missing',
          countdownEnds: addMillis(at, settings.countdownMinutes * MINUTE),
        },
      ]
    : [];

import { type Instant, isZone, latest, present } from '@managed-os/kernel';
import { declarationDeadline } from './declaration-deadline.js';
import { declarationWay } from './mechanisms.js';
import type { UpdateSettings } from './settings.js';
import {
  type Attempt,
  declaredFor,
  type DeclaredTime,
  isOwnUpdate,
  rankOf,
  type Standing,
  type UpdateEvent,
  type UpdateState,
} from './state.js';

/**
 * What a Mac of macOS 14 or later is to be told (X1): one enforcement from its time on (S48, S79), and no other as long as
 * obligation and deadline are the same; the rest is macOS's (section 6b). There is never more than one (trap 20): a
 * request replaces the one before it, and an attempt that ends withdraws its own.
 */
export const declaring = (
  deviceId: string,
  state: UpdateState,
  at: Instant,
  settings: UpdateSettings,
): readonly UpdateEvent[] => {
  const { attempt, standing } = state;
  const way = declarationWay(attempt?.mechanism);
  // What macOS is installing is not interfered with.
  if (!attempt || !standing || !way || isInstalling(attempt)) return [];
  if (rankOf(standing.phase) < rankOf(way.declaresFrom)) return withdrawDeclaration(deviceId, attempt, 'postponed');
  const { deadline } = standing;
  if (deadline === undefined || attempt.declaration?.deadline === deadline) return [];
  return [request(deviceId, attempt, timeFor(attempt.obligationId, deadline, state, at, settings))];
};

/** The same declaration once more, for a Mac that does not have it. */
export const declareAnew = (
  deviceId: string,
  attempt: Attempt,
  state: UpdateState,
  at: Instant,
  settings: UpdateSettings,
): readonly UpdateEvent[] => {
  const declared = declaredFor(attempt.obligationId, state);
  return declared
    ? [request(deviceId, attempt, timeFor(declared.obligationId, declared.deadline, state, at, settings))]
    : [];
};

/**
 * The time of the declaration came before the Mac fetched it (trap 14): another one, with the time of one that is late. Whoever
 * offers it does so no more, by whatever clock that was judged: so it is reckoned from its time at the earliest.
 */
export const declareLate = (
  deviceId: string,
  attempt: Attempt,
  state: UpdateState,
  at: Instant,
  settings: UpdateSettings,
): readonly UpdateEvent[] => {
  const came = declaredFor(attempt.obligationId, state)?.earliest as Instant | undefined;
  return declareAnew(deviceId, attempt, state, came === undefined ? at : latest(at, came), settings);
};

export const withdrawDeclaration = (deviceId: string, attempt: Attempt, reason: string): readonly UpdateEvent[] =>
  attempt.declaration
    ? [
        {
          type: 'DeclarationWithdrawn',
          deviceId,
          obligationId: attempt.obligationId,
          attempt: attempt.number,
          try: attempt.declaration.try,
          reason,
        },
      ]
    : [];

/** macOS is at work on the very update. */
export const isInstalling = (attempt: Attempt): boolean =>
  attempt.own?.installState === 'installing' && isOwnUpdate(attempt, attempt.own.pendingVersion);

const request = (deviceId: string, attempt: Attempt, time: DeclaredTime): UpdateEvent =>
  present({
    type: 'DeclarationRequested' as const,
    deviceId,
    obligationId: attempt.obligationId,
    attempt: attempt.number,
    try: (attempt.tries['declaration'] ?? 0) + 1,
    version: attempt.version,
    build: attempt.build,
    targetLocalDateTime: time.targetLocalDateTime,
    deadline: time.deadline,
    earliest: time.earliest,
    latest: time.latest,
    zone: time.zone,
  });

/**
 * The time for an obligation, as section 6a says it: once said it stays, for whatever version and whoever withdrew it in
 * between, because an overdue one would move with each evaluation. Only a time that has come is not said again to a Mac
 * that does not have it: macOS would restart it at once (trap 14).
 */
const timeFor = (
  obligationId: string,
  deadline: string,
  state: UpdateState,
  at: Instant,
  { countdownMinutes }: UpdateSettings,
): DeclaredTime => {
  const said = declaredFor(obligationId, state);
  if (said?.deadline === deadline && isAhead(said, at)) return said;
  const { standing, zone } = state;
  const local = isDeviceLocal(standing);
  // Where the plan reckoned without the Mac's zone, what it reckoned is the reading of the wall clock itself.
  const deviceZone = local || zone?.timeZone === undefined || !isZone(zone.timeZone) ? undefined : zone.timeZone;
  const time = declarationDeadline({
    deadline: deadline as Instant,
    deviceLocal: local,
    deviceZone,
    now: at,
    countdownMinutes,
  });
  return present({
    obligationId,
    deadline,
    targetLocalDateTime: time.targetLocalDateTime,
    earliest: time.earliestPossibleInstant,
    latest: time.latestPossibleInstant,
    zone: deviceZone,
  });
};

/** It is past nowhere yet where the Mac can be. */
const isAhead = ({ earliest }: DeclaredTime, at: Instant): boolean => Date.parse(earliest) > Date.parse(at);

/** The policy goes by the clock of the Mac, and nobody knows its zone. */
const isDeviceLocal = (standing: Standing | undefined): boolean =>
  standing?.warnings.includes('device_zone_unknown') === true;

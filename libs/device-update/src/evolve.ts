import type { Fact } from '@managed-os/contracts';
import { present, without } from '@managed-os/kernel';
import { attemptOf, evolveAttempt } from './evolve-attempt.js';
import { initialState, rankOf, remembered, type Standing, type UpdateEvent, type UpdateState } from './state.js';

/** Folds one event; total, and never changes the state it was given. */
export const evolve = (state: UpdateState, event: UpdateEvent): UpdateState => {
  switch (event.type) {
    case 'StandingChanged':
      return standingChanged(state, event);
    case 'VersionObserved':
      return {
        ...state,
        factsRevision: Math.max(state.factsRevision, event.factsRevision),
        observed: present({
          version: event.osVersion,
          build: event.osBuild,
          confirmed: isConfirmed(event.seenBy),
        }),
      };
    case 'ZoneObserved':
      return { ...state, zone: present({ timeZone: event.timeZone, factsRevision: event.factsRevision }) };
    case 'DeviceWentSilent':
      return { ...state, silentSince: event.since };
    case 'DeviceReturned':
      return without(state, 'silentSince');
    case 'PhaseReached':
      return state.standing?.obligationId === event.obligationId
        ? { ...state, standing: { ...state.standing, phase: event.phase } }
        : {
            ...state,
            otherPhases: remembered(state.otherPhases, { obligationId: event.obligationId, phase: event.phase }),
          };
    case 'AttemptOpened':
      return { ...state, attempts: event.attempt, attempt: attemptOf(event) };
    case 'AttemptClosed':
      return closed(event);
    case 'DeclarationRequested': {
      const { attempt } = state;
      return {
        ...state,
        declared: remembered(state.declared, without(event, 'type', 'deviceId', 'attempt', 'try', 'version', 'build')),
        ...(attempt && { attempt: evolveAttempt(attempt, event) }),
      };
    }
    default: {
      const { attempt } = state;
      return attempt ? { ...state, attempt: evolveAttempt(attempt, event) } : state;
    }
  }
};

const isConfirmed = (seenBy: string | undefined): boolean => seenBy !== 'watch' && seenBy !== 'inventory';

const standingChanged = (state: UpdateState, event: Fact<'StandingChanged'>): UpdateState => {
  const standing = without(event, 'type', 'deviceId');
  const left = state.standing;
  const others =
    left?.obligationId === undefined || left.obligationId === event.obligationId
      ? state.otherPhases
      : remembered(state.otherPhases, { obligationId: left.obligationId, phase: left.phase });
  return {
    ...state,
    // A deadline that an admin moved into the future ended the countdown; the next one is announced anew (Q39).
    ...(state.attempt && rankOf(event.phase) < rankOf('overdue') && { attempt: without(state.attempt, 'unprompted') }),
    standing,
    otherPhases: others.filter(({ obligationId }) => obligationId !== event.obligationId),
    factsRevision: Math.max(state.factsRevision, event.factsRevision),
  };
};

/** The books are closed: this state rests on the event alone, so a load may start here. */
const closed = (event: Fact<'AttemptClosed'>): UpdateState => {
  const standing: Standing | undefined = event.standing;
  return present({
    ...initialState,
    factsRevision: event.factsRevision,
    observed:
      event.observedVersion === undefined
        ? undefined
        : present({
            version: event.observedVersion,
            build: event.observedBuild,
            confirmed: isConfirmed(event.seenBy),
          }),
    silentSince: event.silentSince,
    standing,
    otherPhases: event.otherPhases,
    attempts: event.attempt,
    zone: event.zone,
    declared: event.declared,
  });
};

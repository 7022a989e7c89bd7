import type { Fact } from '@managed-os/contracts';
import { attemptOf, evolveAttempt } from './evolve-attempt.js';
import { initialState, present, type Standing, type UpdateEvent, type UpdateState, without } from './state.js';

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
    case 'DeviceWentSilent':
      return { ...state, silentSince: event.since };
    case 'DeviceReturned':
      return without(state, 'silentSince');
    case 'PhaseReached':
      return state.standing?.obligationId === event.obligationId
        ? { ...state, standing: { ...state.standing, phase: event.phase } }
        : { ...state, otherPhase: { obligationId: event.obligationId, phase: event.phase } };
    case 'AttemptOpened':
      return { ...state, attempts: event.attempt, attempt: attemptOf(event) };
    case 'AttemptClosed':
      return closed(event);
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
  const next: UpdateState = { ...state, standing, factsRevision: Math.max(state.factsRevision, event.factsRevision) };
  if (left?.obligationId !== undefined && left.obligationId !== event.obligationId)
    return { ...next, otherPhase: { obligationId: left.obligationId, phase: left.phase } };
  return state.otherPhase?.obligationId === event.obligationId ? without(next, 'otherPhase') : next;
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
    otherPhase: event.otherPhase,
    attempts: event.attempt,
  });
};

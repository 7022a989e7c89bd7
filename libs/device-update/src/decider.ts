import type { Fact } from '@managed-os/contracts';
import { accept, type Decider, type Instant } from '@managed-os/kernel';
import { onAnswered, onNotSent } from './commands.js';
import { onDeclaration } from './declarations.js';
import { evolve } from './evolve.js';
import { onAnswer, onFacts, onZone } from './observation.js';
import { onUpdateState } from './own-update.js';
import { closeAttempt, reconcile } from './reconcile.js';
import { DEFAULT_SETTINGS, type UpdateSettings } from './settings.js';
import { onHeard, onPlan, onSilence, onTimer, onUnenrolled } from './standing.js';
import { initialState, type UpdateEvent, type UpdateState } from './state.js';
import { onWatch } from './watches.js';

/** What deadlines and devices say of a Mac, in the order of their streams, at least once. */
export const UPDATE_FACTS = [
  'PlanChanged',
  'NotifyFromReached',
  'DeadlineReached',
  'CountdownEnded',
  'DeviceEnrolled',
  'DeviceUnenrolled',
  'DeviceFactsChanged',
  'CommandSent',
  'CommandNotSent',
  'CommandDeferred',
  'CommandAnswered',
  'WatchReported',
  'WatchSilent',
  'WatchStopped',
  'DeviceSilent',
  'DeviceHeard',
  'DeclarationOffered',
  'DeclarationNotOffered',
  'DeclarationFetched',
  'DeclarationReported',
  'UpdateStateReported',
] as const;

export type UpdateFact = Fact<(typeof UPDATE_FACTS)[number]>;

/** A fact, and the instant of the message that brought it. */
export interface UpdateInput {
  readonly fact: UpdateFact;
  readonly at: Instant;
}

/** Facts are never rejected. */
export type UpdateRejection = never;

/**
 * The next step of one Mac's update. What a fact says is recorded first; then `reconcile` closes, opens and requests
 * what follows from the state that it leads to.
 */
export const deviceUpdateWith = (
  settings: UpdateSettings,
): Decider<UpdateInput, UpdateEvent, UpdateState, UpdateRejection> => ({
  initial: initialState,
  evolve,
  decide({ fact, at }, state) {
    const said = record(fact, state, at, settings);
    return accept(...said, ...reconcile(fact.deviceId, said.reduce(evolve, state), at, settings));
  },
});

/** The update decider with the thresholds of section 8 of the specification. */
export const deviceUpdate = deviceUpdateWith(DEFAULT_SETTINGS);

const record = (
  fact: UpdateFact,
  state: UpdateState,
  at: Instant,
  settings: UpdateSettings,
): readonly UpdateEvent[] => {
  switch (fact.type) {
    case 'PlanChanged':
      return onPlan(fact, state, at);
    case 'NotifyFromReached':
    case 'DeadlineReached':
    case 'CountdownEnded':
      return onTimer(fact, state, at);
    case 'DeviceFactsChanged':
      return [...onFacts(fact, state), ...onZone(fact, state)];
    case 'CommandAnswered':
      return [...onAnswer(fact, state), ...onAnswered(fact, state, at, settings)];
    case 'CommandNotSent':
      return onNotSent(fact, state, at, settings);
    case 'WatchReported':
    case 'WatchSilent':
    case 'WatchStopped':
      return onWatch(fact, state, at, settings);
    case 'DeviceEnrolled':
      // Its queue was cleared and its disk perhaps erased: what was under way begins anew.
      return fact.again && state.attempt ? closeAttempt(fact.deviceId, state.attempt, state, 're_enrolled') : [];
    case 'DeviceUnenrolled':
      return onUnenrolled(fact, state);
    case 'DeviceSilent':
      return onSilence(fact, state);
    case 'DeviceHeard':
      return onHeard(fact, state);
    case 'DeclarationOffered':
    case 'DeclarationNotOffered':
    case 'DeclarationFetched':
    case 'DeclarationReported':
      return onDeclaration(fact, state, at, settings);
    case 'UpdateStateReported':
      return onUpdateState(fact, state);
    case 'CommandSent':
    case 'CommandDeferred':
      // Delivered is not done (X11); the timeline shows it.
      return [];
  }
};

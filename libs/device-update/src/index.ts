export {
  deviceUpdate,
  deviceUpdateWith,
  UPDATE_FACTS,
  type UpdateFact,
  type UpdateInput,
  type UpdateRejection,
} from './decider.js';
export {
  classify,
  type Failure,
  FAILURES,
  failureOf,
  isApples,
  relabel,
  UNKNOWN_FAILURE,
  type WhoActs,
} from './failures.js';
export {
  type DeadlineInDeclaration,
  declarationDeadline,
  type DeclaredDeadline,
  type PolicyClock,
} from './declaration-deadline.js';
export { byItself } from './sentences.js';
export { DEFAULT_SETTINGS, type UpdateSettings } from './settings.js';
export { type Attempt, type Standing, type UpdateEvent, type UpdateState } from './state.js';
export { type Actor, APPLES_LIMITATION, describe, type Description, UNRELIABLE } from './describe.js';
export { type Stage, STAGE_NAMES } from './stage.js';

export { deviceUpdate, deviceUpdateWith, UPDATE_FACTS, type UpdateFact, type UpdateInput } from './decider.js';
export { type Failure, FAILURES, isApples, relabel, UNKNOWN_FAILURE } from './failures.js';
export { byItself } from './sentences.js';
export { DEFAULT_SETTINGS, type UpdateSettings } from './settings.js';
export { type UpdateEvent, type UpdateState } from './state.js';
export { APPLES_LIMITATION, describe, UNRELIABLE } from './describe.js';
export { STAGE_NAMES } from './stage.js';

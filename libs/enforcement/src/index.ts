export { type Evaluation, evaluate, evaluatorOf, type Idle, type Owing, type Phase, type Target } from './evaluate.js';
export type { Fault } from './json-fields.js';
export type { Obligation, Reckoning } from './obligations.js';
export { type Plan, plan, planOf } from './plan.js';
export type {
  Architecture,
  Automatic,
  DeviceFacts,
  Enforcement,
  Item,
  Manual,
  Maybe,
  PlanInput,
  PolicyClock,
  Release,
  Settings,
  WindowException,
} from './plan-input.js';
export { type PlanInputReading, readPlanInput } from './read-plan-input.js';
export { selectItem, type Selection } from './select-item.js';
export type { Step, Warning } from './steps.js';
export {
  type BlockedReason,
  type Condition,
  DECISION_TABLE,
  DEFAULT_SETTINGS,
  type IncompatibleReason,
  type Mechanism,
  MECHANISMS,
  type MechanismTraits,
  type Outcome,
  type Row,
} from './table.js';

export {
  ARCHITECTURES,
  type Architecture,
  type Battery,
  type Failure,
  type Fleet,
  type LifeEvent,
  type Mac,
  type Release,
  type User,
  type WeeklyHours,
} from './fleet.js';
export { type FleetProblem, FleetUnreadable, parseFleet } from './parse-fleet.js';
export { type FleetOptions, type RunningFleet, startFleet } from './start-fleet.js';
export type { Defect, DefectKind, Installed } from './state.js';
export type { FleetSummary, MacSummary } from './summary.js';

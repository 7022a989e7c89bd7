export { type Clock, realTime, type RealTime, SystemClock } from './clock.js';
export { type Accepted, accept, type Decider, type Decision, type Rejected, reject } from './decider.js';
export { present, without } from './fields.js';
export { deviceIdOf, type Ids, isUuid, RandomIds, reactionId } from './ids.js';
export {
  addMillis,
  earliest,
  instant,
  type Instant,
  isInstant,
  latest,
  millisBetween,
  parseInstant,
  toMillis,
} from './instant.js';
export { type ClockAnchor, SharedClock, simulatedMillis } from './shared-clock.js';
export {
  compareBuilds,
  compareVersions,
  isBelow,
  majorOf,
  OS_MAJORS,
  type OsMajor,
  parseVersion,
  type Version,
} from './version.js';
export {
  addDays,
  addPeriod,
  type CivilDate,
  isCivilDate,
  isTimeOfDay,
  isZone,
  type LocalDateTime,
  localAt,
  type Period,
  PERIODS,
  type TimeOfDay,
  wallClockToInstant,
} from './zoned.js';

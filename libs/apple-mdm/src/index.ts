export { isAvailable, knowsProductVersion, queriesFor, type RequestType } from './availability.js';
export {
  type Authenticate,
  type CheckinMessage,
  type CheckOut,
  type DeclarativeManagement,
  type GetBootstrapToken,
  parseCheckin,
  type SetBootstrapToken,
  type TokenUpdate,
  type UserAuthenticate,
} from './checkin.js';
export { type Command, type ScheduledUpdate, writeBootstrapToken, writeCommand } from './commands.js';
export { type ChainedError, type ConnectReport, parseConnect } from './connect.js';
export { type Architecture, architectureOf } from './models.js';
export { parsePlist, PLIST_LIMITS, type PlistLimits } from './plist/parse.js';
export type { Parsed, Refusal, RefusalCode } from './plist/refusal.js';
export { dict, type PlistDate, type PlistDict, type PlistValue, wellFormed } from './plist/value.js';
export { writePlist } from './plist/write.js';
export {
  type AvailableUpdate,
  availableUpdates,
  type DeviceInformation,
  deviceInformation,
  scanInitiated,
  type SecurityInfo,
  securityInfo,
  type UpdateResult,
  updateResults,
  type UpdateStatus,
  updateStatuses,
} from './results.js';
export {
  byBuild,
  earliestDay,
  LARGEST_PMV,
  type ParsedPmv,
  parsePmv,
  type PmvBody,
  type PmvEntry,
  type PmvImprovement,
  pmvKey,
  type PmvRefusal,
} from './pmv.js';
export { capturedAt, parsePmvCapture } from './pmv-capture.js';
export {
  datedBack,
  type FollowedPmv,
  followPmv,
  listedIn,
  lostMajors,
  NOTHING_LISTED,
  type PmvBuild,
  type PmvChange,
  type PmvState,
  samePmv,
  type TakenPmv,
  takePmv,
} from './pmv-changes.js';
export type { Sender } from './sender.js';

export { isAvailable, knowsProductVersion, lastingQueriesFor, queriesFor, type RequestType } from './availability.js';
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
export { activation, activationOf } from './declarations/activation.js';
export {
  type Declaration,
  type DeclarationContent,
  type DeclarationKind,
  type DeclarationType,
  declarationOf,
  declarationKindOf,
  type Sha256,
  writeDeclaration,
} from './declarations/declaration.js';
export { type Endpoint, parseEndpoint } from './declarations/endpoint.js';
export { type Enforcement, enforcement } from './declarations/enforcement.js';
export { type DeclarativeClient, type LeftOutReason, whyNotDeclared, whyNotSubscribed } from './declarations/offer.js';
export { declarationsFor, type Wanted } from './declarations/set.js';
export { parseUpdateSettings } from './declarations/parse-settings.js';
export {
  type BetaProgram,
  type BetaSettings,
  type Choice,
  type UpdateSettings,
  updateSettings,
} from './declarations/settings.js';
export type { StatusItemName } from './declarations/subscriptions.js';
export {
  declarationsToken,
  type SyncTokens,
  syncTimestamp,
  writeDeclarationItems,
  writeTokens,
} from './declarations/sync.js';
export { type DeviceInformation, deviceInformation } from './device-information.js';
export { type AccessRight, type AccessRights, LEAST_ACCESS } from './enrollment/access-rights.js';
export { type RequiredUpdate, writeSoftwareUpdateRequired, writeUnrecognizedDevice } from './enrollment/forbidden.js';
export type { AcmeIdentity, AcmeKey, Identity, ScepIdentity, Subject } from './enrollment/identity.js';
export { type MachineInfo, parseMachineInfo } from './enrollment/machine-info.js';
export {
  type CertificatePayload,
  type EnrollmentProfile,
  type MdmSettings,
  writeEnrollmentProfile,
} from './enrollment/profile.js';
export { canonicalJson } from './json/canonical.js';
export type { Json, JsonObject } from './json/value.js';
export { isLocalDateTime } from './local-date-time.js';
export { type Architecture, architectureOf } from './models.js';
export { parsePlist, PLIST_LIMITS } from './plist/parse.js';
export type { Parsed, Refusal, RefusalCode } from './plist/refusal.js';
export { dict, type PlistDate, type PlistDict, type PlistValue, wellFormed } from './plist/value.js';
export { writePlist } from './plist/write.js';
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
export {
  type AvailableUpdate,
  availableUpdates,
  scanInitiated,
  type SecurityInfo,
  securityInfo,
  type UpdateResult,
  updateResults,
  type UpdateStatus,
  updateStatuses,
} from './results.js';
export type { Sender } from './sender.js';
export { type ClientCapabilities, clientCapabilities } from './status-report/capabilities.js';
export { type DeclarationState, isInForce, declarationStateOf } from './status-report/declaration-states.js';
export { mergeStatus } from './status-report/merge.js';
export {
  installedBuild,
  type OperatingSystem,
  operatingSystem,
  withoutParentheses,
} from './status-report/operating-system.js';
export type { StatusReason } from './status-report/reasons.js';
export { parseStatusReport, type StatusError, type StatusReport } from './status-report/report.js';
export { type Status, statusItem } from './status-report/status.js';
export {
  type PendingVersion,
  type UpdateFailure,
  type UpdateState,
  updateState,
} from './status-report/update-state.js';

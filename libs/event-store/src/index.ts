export type { Fault, FaultKind } from './audit.js';
export { Changes } from './changes.js';
export { withSettings } from './connection.js';
export {
  EntryUnreadable,
  LogArchived,
  OutcomeUnknown,
  type Refusal,
  RefusedAppend,
  StoreClosed,
  StreamArchived,
} from './errors.js';
export type {
  Append,
  AppendOutcome,
  Cause,
  EventStore,
  ExpectedRevision,
  Loaded,
  LogEntry,
  Once,
} from './event-store.js';
export { ProjectionFailed } from './fold.js';
export { GroupRead, type GroupReadOptions } from './group-read.js';
export { ConflictPersists, type HandleContext, type Handled, handler } from './handle.js';
export type { Lease } from './leases.js';
export type { Log } from './log.js';
export { migrate, type MigrateOptions, type MigrationFolder, MigrationRefused } from './migrate.js';
export { PgEventStore, type PgEventStoreOptions } from './pg-event-store.js';
export { openPool } from './pg-client.js';
export type { Statement } from './pipeline.js';
export { defineProjection, type LookUp, type Project, type Projection, type Written } from './projection.js';
export { ProjectionRunner, type ProjectionRunnerOptions } from './projection-runner.js';
export type { ProjectionStatus } from './projection-status.js';
export type { Rebuild } from './rebuilds.js';
export { type Attributes, attributesOf, type StoredEvent } from './stored.js';
export type { Verification, VerifyOptions } from './verify.js';

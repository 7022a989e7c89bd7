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
export { ConflictPersists, type HandleContext, type Handled, handler } from './handle.js';
export { defineProjection, type Project, type Projection } from './projection.js';

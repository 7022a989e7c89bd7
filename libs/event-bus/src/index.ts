export { type BusAddress, closeBus, connectBus, inboxPrefixOf, inTime, ServerTooOld } from './connect-bus.js';
export { type Delivered, isPublic } from './cloud-event.js';
export { DeadLetters, type Discarded, type LetterFilter } from './dead-letters.js';
export {
  BadPattern,
  connectStrategy,
  JetStreamStrategy,
  type JetStreamStrategyOptions,
  PassOnErrors,
} from './jetstream-strategy.js';
export type { DeadLetter, ListedLetter, NewLetter, Parking } from './letter.js';
export { contentsOf, type LetterContents } from './letter-contents.js';
export { currentMessage, currentTraceparent, type MessageScope } from './message-scope.js';
export { migrationsOfBus } from './migrations.js';
export { type NatsPermissions, natsPermissions } from './nats-permissions.js';
export { endedWell, type Ending, type NewOperation, type Operation, Operations } from './operations.js';
export { isOutage } from './outage.js';
export { reactionOf } from './reaction.js';
export type { Redelivered } from './redeliver.js';
export { type Note, type RefusalReason } from './reconcile.js';
export { Relay, type RelayOptions, type RelayStatus, type RelayStore, ReseedNeeded } from './relay.js';
export { NothingToReseed, type Reseeded, ReseedUnderWay } from './reseed.js';
export { request, RequestFailed, RequestRefused } from './request.js';
export { dead, done, retry, type Settlement } from './settlement.js';
export { streamOf, StreamRefused } from './streams.js';
export {
  LETTER_OUTCOMES,
  LETTER_REASONS,
  type LetterOutcome,
  type LetterReason,
  OPERATION_KINDS,
  OPERATION_OUTCOMES,
  type OperationKind,
  type OperationOutcome,
} from './tables.js';

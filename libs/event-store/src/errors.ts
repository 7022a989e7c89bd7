import type { LogEntry } from './event-store.js';

/** Why the store will never take an append, however often it is repeated. */
export type Refusal =
  | 'stream-malformed'
  | 'event-too-large'
  | 'metadata-too-large'
  | 'id-malformed'
  | 'id-taken'
  | 'consumer-malformed'
  | 'message-id-malformed'
  | 'unstorable';

/** An append that breaks a rule of the store: a bug of the caller. Nothing of it was written; its neighbours are not touched. */
export class RefusedAppend extends Error {
  override readonly name = 'RefusedAppend';
  readonly code = 'refused-append';

  constructor(
    readonly stream: string,
    readonly reason: Refusal,
    options?: ErrorOptions,
  ) {
    super(`append to ${JSON.stringify(stream)} refused: ${reason}`, options);
  }
}

/**
 * The database did not answer, so the append may or may not be committed. Repeat it with the same `once` and the same ids:
 * if it was committed the repeat answers `duplicate` (or, without `once`, `conflict`).
 */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
  readonly code = 'outcome-unknown';

  constructor(
    readonly stream: string,
    options?: ErrorOptions,
  ) {
    super(`append to ${JSON.stringify(stream)}: no answer from the database; repeat it`, options);
  }
}

/** What a load of the stream begins with was archived: attach that partition again. Nothing can be decided without it. */
export class StreamArchived extends Error {
  override readonly name = 'StreamArchived';
  readonly code = 'stream-archived';

  constructor(readonly stream: string) {
    super(`the events that ${JSON.stringify(stream)} begins with are in a partition that was detached`);
  }
}

/** This version of the service cannot read an entry of its log; `before` are those that come before it. */
export class EntryUnreadable extends Error {
  override readonly name = 'EntryUnreadable';
  readonly code = 'entry-unreadable';

  constructor(
    readonly position: bigint,
    readonly type: string,
    readonly before: readonly LogEntry[],
    options: ErrorOptions,
  ) {
    super(`the entry at position ${position} (${type}) cannot be read`, options);
  }
}

/** Who reads the log from there on would miss what was archived, and make of the rest what never was. */
export class LogArchived extends Error {
  override readonly name = 'LogArchived';
  readonly code = 'log-archived';

  constructor(readonly after: bigint) {
    super(`what follows position ${after} is in a partition that was detached: attach it again`);
  }
}

/** The store was closed before the call. */
export class StoreClosed extends Error {
  override readonly name = 'StoreClosed';
  readonly code = 'store-closed';

  constructor() {
    super('the event store is closed');
  }
}

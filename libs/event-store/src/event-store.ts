import type { AnyEvent, Envelope } from '@managed-os/contracts';
import type { Decider, Instant } from '@managed-os/kernel';

/** `no-stream`: the first append; `any`: no check; a number: the revision that was read. */
export type ExpectedRevision = 'no-stream' | 'any' | bigint;

/** Where new events come from: who, why, when, and under which ids. */
export interface Cause {
  readonly correlationId: string;
  /** Absent only at a true beginning. */
  readonly causationId?: string;
  readonly actor: string;
  readonly traceparent?: string;
  /** The asked time; the store writes the later of it and its last one. */
  readonly time: Instant;
  /** The id of the n-th event of an append. A repeated reaction must give the same ids. */
  idOf(index: number): string;
}

/** The message that an append answers; makes the append happen at most once per consumer and message. */
export interface Once {
  readonly consumer: string;
  readonly messageId: string;
  /** Sequence in the stream the message came by. */
  readonly sequence?: bigint;
  /** What was decided upon; kept for rebuilds and replays. */
  readonly envelope?: Envelope;
  readonly settingsRevision?: string;
}

export interface Append<E extends AnyEvent> {
  /** `<category>-<token>`. */
  readonly stream: string;
  readonly expected: ExpectedRevision;
  /** May be empty: then only `once` is recorded, `stream` and `expected` do not matter, and `done` says revision 0. */
  readonly events: readonly E[];
  readonly cause: Cause;
  readonly once?: Once;
}

/** `done`: committed, with the stream's new revision; `duplicate`: that message was handled before; `conflict`: the stream moved on. */
export type AppendOutcome =
  { readonly kind: 'done'; readonly revision: bigint } | { readonly kind: 'duplicate' } | { readonly kind: 'conflict' };

/** A stream folded to its state. */
export interface Loaded<S> {
  readonly state: S;
  /** 0 when the stream does not exist. */
  readonly revision: bigint;
}

/** An entry of the log in position order: an own event, or a message that a consumer recorded in its inbox. */
export interface LogEntry {
  readonly position: bigint;
  readonly envelope: Envelope;
  /** The consumer whose inbox holds it; absent for own events. */
  readonly inbox?: string;
}

/**
 * What is read comes in the version of each event that is written today. Reading throws `UnknownVersion` where a newer
 * replica wrote a newer one, and `UnreadableEvent` where the data is not of its type's shape.
 */
export interface EventStore<E extends AnyEvent> {
  /**
   * Appends all events of one request or none. Exactly once per (`once.consumer`, `once.messageId`): a repeat answers
   * `duplicate` and writes nothing. Position order is commit order, and positions have no gaps. Throws `InvalidEvent`
   * before anything is written, `RefusedAppend` for what breaks a rule of the store (a bad stream name, an event over
   * 256 kB, an id that is taken); any other error (`OutcomeUnknown`) means "unknown, repeat it with the same ids".
   */
  append(append: Append<E>): Promise<AppendOutcome>;
  /** The events of a stream from `from` (default 1) on, in order; empty when there are none. */
  readStream(stream: string, from?: bigint): Promise<readonly Envelope<E>[]>;
  /** Folds a stream from where its books were last closed. Throws `StreamArchived` when that is not there any more. */
  load<S>(stream: string, decider: Pick<Decider<never, E, S, never>, 'initial' | 'evolve'>): Promise<Loaded<S>>;
  /**
   * Up to `limit` entries after a position, in position order; own events, and the inboxes of the named consumers. Throws
   * `EntryUnreadable` at the first that this version cannot read, which holds those before it.
   */
  readLog(after: bigint, limit: number, inboxes?: readonly string[]): Promise<readonly LogEntry[]>;
  /**
   * Resolves at the next append that this process hears of, or after a while; never rejects. For waking pollers: call it
   * before reading, await it when there was nothing to read.
   */
  changed(signal?: AbortSignal): Promise<void>;
  /** Which life of the store this is, as it is now; part of every envelope's source, `mos://<context>/<epoch>`. */
  epoch(): Promise<string>;
  /** Where the log ends, events and all inboxes together; 0 when it is empty. */
  lastPosition(): Promise<bigint>;
  /** Everything up to here was archived and is not in the log any more; 0 while all of it is. */
  archivedTo(): Promise<bigint>;
}

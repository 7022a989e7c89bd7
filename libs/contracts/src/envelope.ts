import type { Instant } from '@managed-os/kernel';
import type { AnyEvent } from './plain.js';

/**
 * An event with its CloudEvents attributes, the same in the store and on the bus.
 * `position` and `revision` are text on the wire.
 */
export interface Envelope<E extends AnyEvent = AnyEvent> {
  readonly id: string;
  /** `mos://<context>/<epoch>`: which store, and which life of it. */
  readonly source: string;
  /** `managedos.deadlines.v1.DeadlineReached`. */
  readonly type: string;
  /** The stream, `<category>-<token>`. */
  readonly subject: string;
  /** Simulated time; never runs backwards within a store. */
  readonly time: Instant;
  /** Real time of the append. */
  readonly recordedAt: Instant;
  /** Place in the stream, from 1. */
  readonly revision: bigint;
  /** Place in the whole store. */
  readonly position: bigint;
  readonly correlationId: string;
  /** The event that caused this one; absent only at a true beginning. */
  readonly causationId?: string;
  /** Who did it: `user:<ref>`, `service:<name>`, `device:<id>`. */
  readonly actor: string;
  readonly traceparent?: string;
  readonly data: E;
}

const STREAM = /^([a-z][a-z_]*)-([A-Za-z0-9_-]{1,64})$/;

/** `device_update-3f…` → category and token; `undefined` when the name breaks the rule. */
export const parseStream = (stream: string): { readonly category: string; readonly token: string } | undefined => {
  const match = STREAM.exec(stream);
  return match?.[1] && match[2] ? { category: match[1], token: match[2] } : undefined;
};

/** The token of a stream, which is also the token of its subjects. Throws for a malformed name: a programming error. */
export const tokenOf = (stream: string): string => {
  const parts = parseStream(stream);
  if (!parts) throw new RangeError(`not a stream name: ${stream}`);
  return parts.token;
};

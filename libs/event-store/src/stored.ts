import { type AnyEvent, decodeEvent, type Envelope } from '@managed-os/contracts';
import type { Instant } from '@managed-os/kernel';
import type { Cause } from './event-store.js';

/** An event as it stands in the store: `data` is the very text that was written and that its digest covers. */
export interface StoredEvent {
  readonly position: bigint;
  readonly stream: string;
  readonly revision: bigint;
  readonly id: string;
  readonly type: string;
  readonly time: Instant;
  readonly recordedAt: Instant;
  readonly metadata: string;
  readonly data: string;
}

type Metadata = Pick<Envelope, 'correlationId' | 'causationId' | 'actor' | 'traceparent'>;

const metadataOf = ({ correlationId, causationId, actor, traceparent }: Metadata): Metadata => ({
  correlationId,
  ...(causationId !== undefined && { causationId }),
  actor,
  ...(traceparent !== undefined && { traceparent }),
});

export const encodeMetadata = (cause: Cause): string => JSON.stringify(metadataOf(cause));

/**
 * An event of a newer version is passed on as it stands: whoever folds or projects it does not know its name either,
 * and the bus carries it to those who do.
 */
const decode = (type: string, json: Record<string, never>): AnyEvent =>
  decodeEvent(type, json) ?? { ...json, type: type.slice(type.lastIndexOf('.') + 1) };

/** Everything that an envelope says about its event. */
export type Attributes = Omit<Envelope, 'data'>;

/** The attributes of an event as it stands in the store; `source` names the store and its life. */
export const attributesOf = (event: StoredEvent, source: string): Attributes => ({
  id: event.id,
  source,
  type: event.type,
  subject: event.stream,
  time: event.time,
  recordedAt: event.recordedAt,
  revision: event.revision,
  position: event.position,
  ...(JSON.parse(event.metadata) as Metadata),
});

/** Throws `UnreadableEvent` when the data is not of its type's shape. */
export const toEnvelope = (event: StoredEvent, source: string): Envelope => ({
  ...attributesOf(event, source),
  data: decode(event.type, JSON.parse(event.data) as Record<string, never>),
});

/** An envelope as an inbox keeps it: its attributes, and the data without the name, which the type says. */
export const encodeEnvelope = (envelope: Envelope): string => {
  const { id, source, type, subject, time, recordedAt, revision, position, data } = envelope;
  return JSON.stringify({
    ...{ id, source, type, subject, time, recordedAt },
    ...{ revision: String(revision), position: String(position) },
    ...metadataOf(envelope),
    data: { ...data, type: undefined },
  });
};

export const decodeEnvelope = (text: string): Envelope => {
  const stored = JSON.parse(text) as Omit<Envelope, 'revision' | 'position' | 'data'> &
    Record<'revision' | 'position', string> & {
      readonly data: Record<string, never>;
    };
  return {
    ...stored,
    revision: BigInt(stored.revision),
    position: BigInt(stored.position),
    data: decode(stored.type, stored.data),
  };
};

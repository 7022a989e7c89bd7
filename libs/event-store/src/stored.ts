import type { Codec, Decoded, Envelope } from '@managed-os/contracts';
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
 * An event whose name is of tomorrow is passed on as it stands: whoever folds or projects it does not know it either. Throws
 * `UnknownVersion` for one whose name is known: to fold it as what it was would be wrong.
 */
const decode = (codec: Codec, type: string, json: Record<string, never>): Decoded =>
  codec.decode(type, json) ?? { type, data: { ...json, type: type.slice(type.lastIndexOf('.') + 1) } };

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

/**
 * An event in the version that is written today; `type` and `data` say so together. Throws `UnreadableEvent` when the data
 * is not of its type's shape, and `UnknownVersion`.
 */
export const toEnvelope = (event: StoredEvent, source: string, codec: Codec): Envelope => ({
  ...attributesOf(event, source),
  ...decode(codec, event.type, JSON.parse(event.data) as Record<string, never>),
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

/** The same, in the version that is written today; throws as `toEnvelope`. */
export const decodeEnvelope = (text: string, codec: Codec): Envelope => {
  const stored = JSON.parse(text) as Omit<Envelope, 'revision' | 'position' | 'data'> &
    Record<'revision' | 'position', string> & {
      readonly data: Record<string, never>;
    };
  return {
    ...stored,
    revision: BigInt(stored.revision),
    position: BigInt(stored.position),
    ...decode(codec, stored.type, stored.data),
  };
};

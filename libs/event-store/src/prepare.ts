import { type AnyEvent, type Codec, type Context, InvalidEvent, parseStream } from '@managed-os/contracts';
import { type Instant, isUuid } from '@managed-os/kernel';
import { RefusedAppend } from './errors.js';
import type { Append, Once } from './event-store.js';
import { encodeEnvelope, encodeMetadata } from './stored.js';

/** An event as it will be stored. */
export interface PreparedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: string;
  /** A load may start here. */
  readonly opens: boolean;
}

/** An append that was checked against every rule that does not depend on what is stored. */
export interface Prepared {
  readonly stream: string;
  /** `null`: any; 0: no stream. */
  readonly expected: bigint | null;
  readonly time: Instant;
  readonly metadata: string;
  readonly events: readonly PreparedEvent[];
  readonly once?: Omit<Once, 'envelope'> & { readonly envelope?: string };
}

/** Data of an event, in bytes of its JSON. */
export const LARGEST_EVENT = 256 * 1024;
const LARGEST_METADATA = 16 * 1024;
const CONSUMER = /^[A-Za-z0-9_-]{1,64}$/;

/** What both stores check in the same way before they write. Throws `InvalidEvent` and `RefusedAppend`. */
export const prepare = (
  append: Append<AnyEvent>,
  context: Context,
  opens: ReadonlySet<string>,
  codec: Codec,
): Prepared => {
  const { stream, expected, events, cause, once } = append;
  const refuseUnless = (holds: boolean, reason: RefusedAppend['reason']): void => {
    if (!holds) throw new RefusedAppend(stream, reason);
  };
  if (once) {
    refuseUnless(CONSUMER.test(once.consumer), 'consumer-malformed');
    refuseUnless(
      once.messageId.length >= 1 && once.messageId.length <= 200 && !once.messageId.includes('\0'),
      'message-id-malformed',
    );
  }
  const metadata = encodeMetadata(cause);
  if (events.length > 0) {
    refuseUnless(parseStream(stream) !== undefined, 'stream-malformed');
    refuseUnless(Buffer.byteLength(metadata) <= LARGEST_METADATA, 'metadata-too-large');
  }
  const prepared = events.map((event, index): PreparedEvent => {
    const { type, json } = codec.encode(event);
    if (!type.startsWith(`managedos.${context.name}.`))
      throw new InvalidEvent(type, [`is not an event of ${context.name}`]);
    const id = cause.idOf(index);
    refuseUnless(isUuid(id), 'id-malformed');
    refuseUnless(Buffer.byteLength(json) <= LARGEST_EVENT, 'event-too-large');
    return { id: id.toLowerCase(), type, data: json, opens: opens.has(event.type) };
  });
  refuseUnless(new Set(prepared.map((event) => event.id)).size === prepared.length, 'id-taken');
  return {
    stream,
    expected: expected === 'any' ? null : expected === 'no-stream' ? 0n : expected,
    time: cause.time,
    metadata,
    events: prepared,
    ...(once && { once: prepareOnce(once) }),
  };
};

const prepareOnce = ({ envelope, ...rest }: Once): NonNullable<Prepared['once']> => ({
  ...rest,
  ...(envelope && { envelope: encodeEnvelope(envelope) }),
});

import {
  type AnyEvent,
  type Codec,
  type Envelope,
  isInternal,
  schemaOfType,
  subjectOfType,
  tokenOf,
  UnreadableEvent,
} from '@managed-os/contracts';
import { type Attributes, attributesOf, type StoredEvent } from '@managed-os/event-store';
import { parseInstant } from '@managed-os/kernel';
import { headers, type MsgHdrs } from '@nats-io/nats-core';
import type { OutgoingMessage } from './publish-atomic.js';

/** An event as a consumer gets it: with its sequence in the stream, and how often it was handed to the handler. */
export type Delivered<E extends AnyEvent = AnyEvent> = Envelope<E> & {
  readonly sequence: bigint;
  readonly deliveries: number;
};

/** Whether an event of this full type leaves its store. One of a newer version does: whoever knows it can read it. */
export const isPublic = (type: string): boolean => {
  const schema = schemaOfType(type);
  return !schema || !isInternal(schema);
};

/** An event as a CloudEvent in binary mode: attributes as `ce-` headers, its data as the JSON body. */
export const toMessage = ({ data, ...attributes }: Envelope): OutgoingMessage =>
  // The type says the name already.
  messageOf(attributes, JSON.stringify({ ...data, type: undefined }));

/** The same of an event as it is stored: its very text is the body. `source`: of its store. */
export const storedToMessage = (event: StoredEvent, source: string): OutgoingMessage =>
  messageOf(attributesOf(event, source), event.data);

const messageOf = (attributes: Attributes, data: string): OutgoingMessage => {
  const hdrs = headers();
  const set = (key: string, value: string | undefined): void => {
    if (value !== undefined) hdrs.append(key, PLAIN.test(value) ? value : escape(value));
  };
  set('ce-specversion', '1.0');
  set('ce-id', attributes.id);
  set('ce-source', attributes.source);
  set('ce-type', attributes.type);
  set('ce-subject', attributes.subject);
  set('ce-time', attributes.time);
  set('ce-recordedtime', attributes.recordedAt);
  set('ce-revision', String(attributes.revision));
  set('ce-position', String(attributes.position));
  set('ce-correlationid', attributes.correlationId);
  set('ce-causationid', attributes.causationId);
  set('ce-actor', attributes.actor);
  set('ce-traceparent', attributes.traceparent);
  // The same once more under the name by which OpenTelemetry's propagators look for it.
  set('traceparent', attributes.traceparent);
  set('content-type', 'application/json');
  return { subject: subjectOfType(attributes.type, tokenOf(attributes.subject)), data, headers: hdrs };
};

/** What a message says it is, before anything else of it is read. */
export const attribute = (hdrs: MsgHdrs | undefined, name: string): string | undefined => {
  const value = hdrs?.get(`ce-${name}`);
  return value ? unescape(value) : undefined;
};

/**
 * The event that a message carries, in the version that is written today; `undefined` for one whose name is not known.
 * Throws `UnknownVersion`, and `UnreadableEvent` when an attribute is missing or the body is not of the type's shape.
 */
export const fromMessage = (hdrs: MsgHdrs | undefined, body: Uint8Array, codec: Codec): Envelope | undefined => {
  const type = attribute(hdrs, 'type') ?? 'without ce-type';
  const required = (name: string): string => {
    const value = attribute(hdrs, name);
    if (value === undefined) throw new UnreadableEvent(type, { cause: new TypeError(`ce-${name} is missing`) });
    return value;
  };
  const instantOf = (name: string) => {
    const at = parseInstant(required(name));
    if (!at) throw new UnreadableEvent(type, { cause: new TypeError(`ce-${name} is not an instant`) });
    return at;
  };
  const decoded = codec.decode(required('type'), parse(type, body));
  if (!decoded) return undefined;
  const [causationId, traceparent] = [attribute(hdrs, 'causationid'), attribute(hdrs, 'traceparent')];
  return {
    id: required('id'),
    source: required('source'),
    subject: required('subject'),
    time: instantOf('time'),
    recordedAt: instantOf('recordedtime'),
    revision: whole(type, required('revision')),
    position: whole(type, required('position')),
    correlationId: required('correlationid'),
    ...(causationId && { causationId }),
    actor: required('actor'),
    ...(traceparent && { traceparent }),
    ...decoded,
  };
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

const parse = (type: string, body: Uint8Array) => {
  try {
    return JSON.parse(utf8.decode(body));
  } catch (cause) {
    throw new UnreadableEvent(type, { cause });
  }
};

const whole = (type: string, text: string): bigint => {
  if (!/^\d{1,18}$/.test(text)) throw new UnreadableEvent(type, { cause: new TypeError(`not a number: ${text}`) });
  return BigInt(text);
};

const PLAIN = /^[\x21\x23\x24\x26-\x7e]*$/;

/** Header values are printable ASCII; the rest travels percent-encoded, as CloudEvents' bindings say. */
const escape = (value: string): string => value.replaceAll(/[^\x21\x23\x24\x26-\x7e]/gu, (c) => encodeURIComponent(c));

const unescape = (value: string): string => {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
};

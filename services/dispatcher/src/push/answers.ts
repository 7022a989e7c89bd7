import { instant, type Instant, toMillis } from '@managed-os/kernel';
import type { PushOutcome } from './push.js';

/** What a push service answered, as far as we understand it. */
export interface PushAnswer {
  readonly status: number;
  /** APNs' word; `status <n>` when there is none. */
  readonly reason: string;
  /** Of a dead token: when it died. */
  readonly since?: Instant;
  readonly retryAfterMillis?: number;
}

const LONGEST_REASON = 100;
const HOUR = 3_600_000;
/** APNs says 429 of one token that was pushed to too often; a Mac that does not come is not woken sooner than this. */
const TOO_MANY = 10 * 60_000;

const DEAD_TOKEN = new Set(['BadDeviceToken', 'Unregistered', 'ExpiredToken', 'DeviceTokenNotForTopic']);

/** What can only be wrong with what we send. */
const OUR_REQUEST = new Set([
  'BadTopic',
  'MissingTopic',
  'TopicDisallowed',
  'InvalidPushType',
  'MissingDeviceToken',
  'DuplicateHeaders',
  'PayloadEmpty',
  'PayloadTooLarge',
  'BadPath',
  'MethodNotAllowed',
]);

const OUR_CERTIFICATE = new Set(['BadCertificate', 'BadCertificateEnvironment', 'Forbidden']);

/**
 * What an answer of APNs means (Apple: Handling notification responses from APNs). This is the list of what is permanent;
 * what is not in it is tried again.
 */
export const outcomeOf = ({ status, reason, since, retryAfterMillis }: PushAnswer): PushOutcome => {
  const patience = retryAfterMillis === undefined ? {} : { retryAfterMillis };
  if (status === 200) return { kind: 'accepted' };
  if (status === 403) return { kind: 'certificate-refused', reason };
  if (status === 410 || DEAD_TOKEN.has(reason))
    return { kind: 'refused', reason, ...(since !== undefined && { since }) };
  if (OUR_REQUEST.has(reason)) return { kind: 'unsendable', reason };
  if (status === 429) return { kind: 'later', reason, retryAfterMillis: retryAfterMillis ?? TOO_MANY };
  // 500 is said of one push, what comes above it of the service.
  return { kind: status > 500 ? 'away' : 'later', reason, ...patience };
};

/** Reads an answer: body `{"reason":"Unregistered","timestamp":1662919200000}`, or anything else. */
export const readAnswer = (status: number, body: string, retryAfter: unknown, now: Instant): PushAnswer => {
  const { reason, timestamp } = json(body);
  const patience = millisOf(retryAfter, now);
  return {
    status,
    reason: typeof reason === 'string' && reason !== '' ? reason.slice(0, LONGEST_REASON) : `status ${status}`,
    ...(typeof timestamp === 'number' && timestamp >= 0 && timestamp <= toMillis(now) && { since: instant(timestamp) }),
    ...(patience !== undefined && { retryAfterMillis: patience }),
  };
};

/** The reason that APNs gives in the debug data of a GOAWAY, when it is about our certificate. */
export const certificateReason = (goaway: string): string | undefined => {
  const { reason } = json(goaway);
  return typeof reason === 'string' && OUR_CERTIFICATE.has(reason) ? reason : undefined;
};

/** TLS alerts by which the other side refuses a client's certificate (RFC 8446 section 6.2), as Node names them. */
const TLS_REFUSAL = /^ERR_SSL_[\w/]+_ALERT_(\w*CERTIFICATE\w*|UNKNOWN_CA|ACCESS_DENIED)$/;

/** What went wrong with one stream and says nothing of the others. */
const OF_ONE_STREAM = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ERR_HTTP2_STREAM_ERROR']);

/** What it means that no answer came. */
export const outcomeOfError = (error: unknown): PushOutcome => {
  const reason = codeOf(error);
  if (TLS_REFUSAL.test(reason)) return { kind: 'certificate-refused', reason };
  return { kind: OF_ONE_STREAM.has(reason) ? 'later' : 'away', reason };
};

/** The code of an error or of what caused it, never its text: that may hold addresses. */
export const codeOf = (error: unknown): string => {
  if (typeof error !== 'object' || error === null) return 'unknown';
  if ('cause' in error && typeof error.cause === 'object') return codeOf(error.cause);
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'name' in error && typeof error.name === 'string' ? error.name : 'unknown';
};

const json = (text: string): { readonly reason?: unknown; readonly timestamp?: unknown } => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
};

/** `Retry-After`, in seconds or as a date; at most an hour, so that nobody can silence us for long. */
const millisOf = (retryAfter: unknown, now: Instant): number | undefined => {
  if (typeof retryAfter !== 'string') return undefined;
  const millis = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - toMillis(now);
  return Number.isNaN(millis) ? undefined : Math.min(HOUR, Math.max(0, millis));
};

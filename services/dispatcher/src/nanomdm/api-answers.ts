import { outcomeOf } from '../push/answers.js';
import type { PushOutcome } from '../push/push.js';
import { asObject, jsonObject } from './json.js';

/** What NanoMDM's API answered. */
export interface ApiAnswer {
  readonly status: number;
  /** What went wrong with this Mac, in its words; `undefined`: nothing did. */
  readonly error: string | undefined;
}

/** What became of a command. `queued`: NanoMDM has it, be it from before. */
export type Enqueued = { readonly kind: 'queued' } | { readonly kind: 'failed'; readonly reason: string };

const LONGEST_REASON = 200;

/**
 * How NanoMDM's storages say that they have a command of this CommandUUID. There is no code for it, and only part of each
 * text is the same everywhere: the key-value one's own words, MySQL's error number, the name of PostgreSQL's constraint.
 * What is not in this list is tried again, which does no harm.
 */
const HAS_IT = [/\bcommand already exists\b/, /\bError 1062\b/, /\bcommands_pkey\b/];

/** Reads an answer about one Mac. Errors stand with the Mac or with the whole request. */
export const readApiAnswer = (status: number, body: string, udid: string, about: 'command' | 'push'): ApiAnswer => {
  const answer = jsonObject(body);
  const ofMac = asObject(asObject(answer?.['status'])?.[udid]);
  const said = ofMac?.[`${about}_error`] ?? answer?.[`${about}_error`];
  return { status, error: typeof said === 'string' ? said.slice(0, LONGEST_REASON) : undefined };
};

/** What an answer of the enqueue API means. */
export const enqueuedBy = ({ status, error }: ApiAnswer): Enqueued => {
  if (error !== undefined && HAS_IT.some((text) => text.test(error))) return { kind: 'queued' };
  if (status === 200 && error === undefined) return { kind: 'queued' };
  return { kind: 'failed', reason: error ?? reasonOf(status) };
};

/** What an answer of the push API means: NanoMDM passes on what APNs said of the Mac, its status and its word. */
export const pushedBy = ({ status, error }: ApiAnswer): PushOutcome => {
  if (status === 200 && error === undefined) return { kind: 'accepted' };
  const apns = /push HTTP status: (\d{3}): APNs push error(?:: (\w+))?/.exec(error ?? '');
  if (apns) return outcomeOf({ status: Number(apns[1]), reason: apns[2] ?? `status ${apns[1]}` });
  if (error !== undefined) return { kind: 'later', reason: error };
  return { kind: 'away', reason: reasonOf(status) };
};

const reasonOf = (status: number): string =>
  status === 401 ? 'NANOMDM_API_KEY is not the key of its API' : `status ${status}`;

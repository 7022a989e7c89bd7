import { contexts } from '@managed-os/contracts';
import { ApiError } from './api.js';
import type { Output } from './output.js';

/** The contexts, each of which has a store that some service keeps. */
const NAMES: readonly string[] = Object.values(contexts).map(({ name }) => name);

/** The address of a store, or of something of it. Exit code 2 for a context that there is not. */
export const storePath = (context: string, ...below: readonly string[]): string => {
  if (!NAMES.includes(context)) throw new ApiError(2, `no context is called ${context}: ${NAMES.join(', ')}`);
  return ['/api/stores', context, ...below.map(encodeURIComponent)].join('/');
};

export interface Told<T> {
  readonly context: string;
  readonly answer: T;
}

const isAway = (error: unknown): boolean =>
  error instanceof ApiError && (error.exitCode === 3 || error.status === 502 || error.status === 503);

/**
 * Asks the store of one context, or those of all, one after the other; a line tells which of these did not answer. Throws
 * when none did, or when one said no.
 */
export const askStores = async <T>(
  context: string | undefined,
  out: Output,
  ask: (context: string) => Promise<T>,
): Promise<readonly Told<T>[]> => {
  if (context !== undefined) return [{ context, answer: await ask(context) }];
  const told: Told<T>[] = [];
  const away: string[] = [];
  let last: unknown;
  for (const name of NAMES) {
    try {
      told.push({ context: name, answer: await ask(name) });
    } catch (error) {
      if (!isAway(error)) throw error;
      away.push(name);
      last = error;
    }
  }
  if (told.length === 0)
    throw new ApiError(3, last instanceof Error ? last.message : 'nobody answers', { cause: last });
  if (away.length > 0) out.aside(`mos: no answer from ${away.join(', ')}`);
  return told;
};

/** `2022-09-16T14:00:03.120Z` as `2022-09-16 14:00` */
export const minuteOf = (instant: string): string => instant.slice(0, 16).replace('T', ' ');

/** `managedos.deadlines.v1.DeadlineReached` as `DeadlineReached`. */
export const nameOf = (type: string): string => type.slice(type.lastIndexOf('.') + 1);

import { headers } from '@nats-io/nats-core';
import type { DeadLetters } from './dead-letters.js';
import type { Handling, Incoming } from './handling.js';
import type { DeadLetter, Parking } from './letter.js';

export interface Redelivered {
  readonly count: number;
  /** Letters of the token that wait still; with none left it is free. */
  readonly left: number;
  /** The letter that failed again; the token stays parked from there on. */
  readonly stoppedAt?: { readonly letterId: bigint; readonly detail: string };
}

/**
 * Hands a token's open letters to their handlers in order, once each, until one fails, none is left or `signal` aborts; with
 * none left the token is free again. Messages that come meanwhile are letters too and follow. Repeated or done by two at
 * once: handlers meet their own `once`.
 */
export const redeliver = async (
  letters: DeadLetters,
  handling: Handling,
  parking: Parking,
  by: string,
  signal?: AbortSignal,
): Promise<Redelivered> => {
  let count = 0;
  while (!signal?.aborted) {
    const letter = await letters.first(parking);
    if (!letter) {
      if (await letters.release(parking)) return { count, left: 0 };
      continue;
    }
    const attempt = await handling.attempt(incomingOf(letter), letter.tries + 1);
    if (attempt.kind !== 'done') {
      // A service that was rolled back may know neither the event nor its handler; it waits for one that does.
      const detail = attempt.kind === 'unknown' ? `nothing here handles ${letter.subject}` : attempt.detail;
      // That what a handler needs is down is no try.
      if (!(attempt.kind === 'retry' && attempt.outage)) await letters.failedAgain(letter.letterId, detail);
      const stoppedAt = { letterId: letter.letterId, detail };
      return { count, left: await letters.waiting(parking), stoppedAt };
    }
    await letters.redelivered(letter.letterId, by);
    count += 1;
  }
  return { count, left: await letters.waiting(parking) };
};

/** The message as it came. */
export const incomingOf = (letter: DeadLetter): Incoming => {
  const hdrs = headers();
  for (const [key, value] of Object.entries(letter.headers)) hdrs.set(key, value);
  const { stream, token, subject, sequence, tries, body } = letter;
  return { stream, token, subject, sequence, deliveries: tries + 1, headers: hdrs, body };
};

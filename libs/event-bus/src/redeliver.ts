import { headers } from '@nats-io/nats-core';
import type { DeadLetter, DeadLetters, Parking } from './dead-letters.js';
import type { Handling } from './handling.js';

export interface Redelivered {
  readonly count: number;
  /** The letter that failed again; the token stays parked from there on. */
  readonly stoppedAt?: { readonly letterId: bigint; readonly detail: string };
}

/**
 * Hands a token's open letters to their handlers in order, once each, until one fails or none is left; then the token is
 * free again. Messages that come meanwhile are letters too and follow. Repeated or done by two at once: handlers meet
 * their own `once`.
 */
export const redeliver = async (
  letters: DeadLetters,
  handling: Handling,
  parking: Parking,
  by: string,
): Promise<Redelivered> => {
  let count = 0;
  for (;;) {
    const [letter] = await letters.list({ ...parking, limit: 1 });
    if (!letter) {
      if (await letters.release(parking)) return { count };
      continue;
    }
    const attempt = await handling.attempt(incomingOf(letter), letter.tries + 1);
    if (attempt.kind === 'retry' || attempt.kind === 'dead') {
      await letters.failedAgain(letter.letterId, attempt.detail);
      return { count, stoppedAt: { letterId: letter.letterId, detail: attempt.detail } };
    }
    await letters.settle(letter.letterId, 'redelivered', by, '');
    count += 1;
  }
};

const incomingOf = (letter: DeadLetter) => {
  const hdrs = headers();
  for (const [key, value] of Object.entries(letter.headers)) hdrs.set(key, value);
  const { stream, token, subject, sequence, tries, body } = letter;
  return { stream, token, subject, sequence, deliveries: tries + 1, headers: hdrs, body };
};

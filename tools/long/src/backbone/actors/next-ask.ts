import { addMillis, type Instant, reactionId } from '@managed-os/kernel';
import { draw } from '../../random.js';
import { macOf, TOLD } from '../facts.js';
import type { Ask } from '../journal.js';

export interface Habits {
  readonly name: string;
  readonly seed: string;
  readonly macs: number;
}

const MOST_EVENTS = 4;
const HOUR = 3_600_000;

interface Next {
  readonly mac: string;
  /** `headOf`: the revision that the writer believes a stream to be at. */
  askWith(now: Instant, headOf: (stream: string) => bigint | undefined): Ask;
}

/** What a writer does as its n-th append: the same for the same seed, but for the time and the revisions that it knows. */
export const nextAsk = ({ name, seed, macs }: Habits, n: number): Next => {
  // Now and then both writers answer one message: whoever comes first appends, the other one meets a duplicate.
  const shared = draw(seed, 'shared', n) < 0.1;
  const own = (what: string): number => draw(seed, shared ? 'both' : name, what, n);
  const origin = shared ? `both-${n}` : `${name}-${n}`;
  const mac = macOf(Math.floor(own('mac') * macs));
  const stream = `obligations-${mac}`;
  const events = Array.from({ length: 1 + Math.floor(own('length') ** 2 * MOST_EVENTS) }, (_, index) => ({
    id: reactionId(seed, origin, index),
    type: TOLD[Math.floor(own(`type ${index}`) * TOLD.length)] ?? 'DeadlineReached',
    number: n * MOST_EVENTS + index,
  }));
  return {
    mac,
    askWith: (now, headOf) => ({
      n,
      mac,
      stream,
      expected: shared ? 'any' : expectedOf(own('expected'), headOf(stream)),
      ...((shared || own('once') < 0.7) && { messageId: origin }),
      // Some clocks go wrong; the store's time must not.
      time: own('time') < 0.05 ? addMillis(now, -HOUR) : now,
      events,
    }),
  };
};

const expectedOf = (chance: number, head: bigint | undefined): string => {
  if (chance < 0.4) return 'any';
  if (chance < 0.45) return 'no-stream';
  if (head === undefined) return 'any';
  return String(chance < 0.5 ? head - 1n || 1n : head);
};

/** Whether it asks once more for what it has been answered: `once` must make that a duplicate. */
export const shouldRepeat = ({ seed }: Pick<Habits, 'seed'>, { n, messageId }: Ask): boolean =>
  messageId !== undefined && draw(seed, 'again', messageId, n) < 0.1;

import { describe, expect, it } from '@jest/globals';
import type { StoredEvent } from '@managed-os/event-store';
import { type Instant, instant } from '@managed-os/kernel';
import { lastBefore } from './reseed.js';

const at = (seconds: number): Instant => instant(seconds * 1_000);

/** A log whose events stand at some of its positions; the others are messages of an inbox. */
const logOf = (lastPosition: bigint, recorded: Readonly<Record<number, number>>) => ({
  lastPosition: () => Promise.resolve(lastPosition),
  readEvents: (after: bigint) =>
    Promise.resolve(
      Object.entries(recorded)
        .map(([position, seconds]) => ({ position: BigInt(position), recordedAt: at(seconds) }) as StoredEvent)
        .filter(({ position }) => position > after)
        .slice(0, 1),
    ),
});

describe('the last position before an instant', () => {
  const recorded = { 2: 10, 3: 10, 5: 20, 8: 30 };

  it.each([
    ['before everything', 5, '2'],
    ['at the first event, which is not before', 10, '2'],
    ['between events', 15, '5'],
    ['at a later event', 20, '5'],
    ['within the last stretch', 25, '8'],
    ['after everything', 31, undefined],
  ])('%s: what is published again begins with the right event', async (_, seconds, first) => {
    const after = await lastBefore(logOf(8n, recorded), at(seconds));
    expect(Object.keys(recorded).find((position) => BigInt(position) > after)).toBe(first);
  });

  it('of an empty log is 0', async () => expect(await lastBefore(logOf(0n, {}), at(1))).toBe(0n));
});

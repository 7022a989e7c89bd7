import { describe, expect, it } from '@jest/globals';
import { instant, millisBetween } from '@managed-os/kernel';
import { nextPush } from './pacing.js';

describe('the pace of pushes', () => {
  const now = instant(1_662_789_600_000);
  it.each([
    [1, 10],
    [2, 20],
    [3, 40],
    [6, 320],
    [7, 360],
    [500, 360],
  ])('after push %s the next one waits %s minutes', (attempts, minutes) =>
    expect(millisBetween(now, nextPush(now, attempts))).toBe(minutes * 60_000),
  );
});

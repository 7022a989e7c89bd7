import { describe, expect, it } from '@jest/globals';
import { addMillis, instant } from '@managed-os/kernel';
import { expiryOf } from './expiry.js';

const HOUR = 3_600_000;
const end = instant(1_662_919_200_000);

describe('the end of a push certificate', () => {
  it.each([
    [365 * 24, 365, undefined],
    [31 * 24, 31, undefined],
    [31 * 24 - 1, 30, 30],
    [8 * 24, 8, 30],
    [8 * 24 - 1, 7, 7],
    [2 * 24, 2, 7],
    [2 * 24 - 1, 1, 1],
    [24, 1, 1],
    [23, 0, 0],
    [0, 0, 0],
    [-100, 0, 0],
  ])('%s hours before: %s days left, told as %s', (hours, daysLeft, told) =>
    expect(expiryOf(end, addMillis(end, -hours * HOUR))).toEqual({ daysLeft, told }),
  );
});

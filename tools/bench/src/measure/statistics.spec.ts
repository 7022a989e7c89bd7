import { describe, expect, it } from '@jest/globals';
import { median, quantile, spread } from './statistics.js';

describe('statistics', () => {
  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 2, 3], 2.5],
    [[7], 7],
    [[], NaN],
  ])('the median of %p is %p', (values, expected) => expect(median(values)).toBe(expected));

  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);

  it.each([
    [0.5, 50],
    [0.99, 99],
    [1, 100],
    [0, 1],
  ])('so large a part as %p of 1 to 100 does not exceed %p', (part, expected) =>
    expect(quantile(hundred, part)).toBe(expected),
  );

  it('a quantile of nothing is not a number', () => expect(quantile([], 0.5)).toBeNaN());

  it('the spread is the largest distance from the median, as a part of it', () =>
    expect(spread([100, 110, 70])).toBeCloseTo(0.3));

  it('nothing is changed by looking at it', () => {
    const values = Object.freeze([3, 1, 2]);
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

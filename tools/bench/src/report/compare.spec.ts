import { describe, expect, it } from '@jest/globals';
import type { Target } from '../benchmark.js';
import { resultOf } from '../testing/results.js';
import { judge } from './compare.js';

const fiveTimes: Target = { of: 'rate', bound: 'at-least', value: 5, times: 'emmett: append' };

describe('targets', () => {
  it('compares round by round, so that a round in which the machine was busy counts like another', () => {
    const [judged] = judge(resultOf([fiveTimes], [1_000, 100, 1_000], [200, 20, 200]));
    expect(judged).toMatchObject({ value: 5, met: true });
  });

  it('is not met by less', () => {
    const [judged] = judge(resultOf([fiveTimes], [999], [200]));
    expect(judged?.met).toBe(false);
  });

  it('compares latencies the other way round', () => {
    const [judged] = judge(resultOf([{ of: 'p99', bound: 'at-most', value: 0.2, times: 'emmett: append' }], [1], [1]));
    expect(judged).toMatchObject({ value: 0.2, met: true });
  });

  it('takes an absolute one as it is', () => {
    const [judged] = judge(resultOf([{ of: 'rate', bound: 'at-least', value: 25_000 }], [20_000, 30_000], [1, 1]));
    expect(judged).toMatchObject({ value: 25_000, met: true });
  });

  it('is unknown where the peer is missing, or nothing was measured', () => {
    const judged = judge(
      resultOf(
        [
          { of: 'rate', bound: 'at-least', value: 0.9, times: 'pgbench: insert' },
          { of: 'growth', bound: 'at-most', value: 64 },
        ],
        [1],
        [1],
      ),
    );
    expect(judged.map(({ met }) => met)).toEqual([undefined, undefined]);
  });
});

import { describe, expect, it } from '@jest/globals';
import type { Target } from '../benchmark.js';
import { resultOf } from '../testing/results.js';
import { align, number, toTable, wordsFor } from './table.js';

const times = 'emmett: append';

describe('the table', () => {
  it('has a line for each, with ratios, targets and what was not there', () => {
    const targets: readonly Target[] = [
      { of: 'rate', bound: 'at-least', value: 5, times },
      { of: 'p99', bound: 'at-most', value: 0.1, times },
      { of: 'p50', bound: 'at-most', value: 5 },
    ];
    const lines = toTable([resultOf(targets, [12_000, 12_600], [2_000, 2_100])]).split('\n');
    expect(lines.map((line) => line.split('|').map((cell) => cell.trim()))).toEqual([
      [
        '',
        'what',
        'who',
        'per second',
        'p50 ms',
        'p99 ms',
        'CPU µs: client + server',
        'ours ÷ theirs',
        'target',
        'met',
        '',
      ],
      ['', expect.stringMatching(/^-+$/), ...Array<unknown>(8).fill(expect.stringMatching(/^-+:?$/)), ''],
      [
        '',
        '**append, 1 writer**',
        'ours',
        '12,300 ±2 %',
        '1.00',
        '2.00',
        '1.63 + 0.81',
        '',
        'p50 ≤ 5.00 ms',
        'yes',
        '',
      ],
      [
        '',
        '',
        'emmett',
        '2,050 ±2 %',
        '1.00',
        '10.0',
        '9.76 + 4.88',
        '6.00 ×; p99 0.20 ×',
        '≥ 5 ×; p99 ≤ 0.1 ×',
        'yes; **no**',
        '',
      ],
      ['', '', 'pgbench', 'pgbench is not installed', '', '', '', '', '', '', ''],
    ]);
  });

  it('stands in line for whoever reads the text', () => {
    const lines = align([
      ['a', 'long head'],
      ['longer cell', 'b'],
    ]).split('\n');
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  });

  it.each([
    [12_345.6, '12,346'],
    [12.34, '12.3'],
    [1.234, '1.23'],
    [NaN, '–'],
    [Infinity, '–'],
  ])('%p is written %p', (value, text) => expect(number(value)).toBe(text));

  it.each<[Target, string]>([
    [{ of: 'rate', bound: 'at-least', value: 25_000 }, '≥ 25,000/s'],
    [{ of: 'rate', bound: 'at-least', value: 0.7, times }, '≥ 0.7 ×'],
    [{ of: 'growth', bound: 'at-most', value: 64 }, 'memory growth ≤ 64.0 MB'],
  ])('%p is said as %p', (target, words) => expect(wordsFor(target)).toBe(words));
});

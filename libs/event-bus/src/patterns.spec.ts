import { describe, expect, it } from '@jest/globals';
import { matches, overlap, parseSubject } from './patterns.js';

describe('patterns', () => {
  it.each([
    ['mos.a.*.x', 'mos.a.1.x', true],
    ['mos.a.*.x', 'mos.a.1.y', false],
    ['mos.a.*.x', 'mos.a.1.x.z', false],
    ['mos.a.*.x', 'mos.a.x', false],
    ['mos.a.>', 'mos.a.1.x', true],
    ['mos.a.>', 'mos.a', false],
    ['mos.a.1.x', 'mos.a.1.x', true],
  ])('%s and %s: %s', (pattern, subject, expected) => {
    expect(matches(pattern, subject)).toBe(expected);
  });

  it.each([
    ['mos.a.*.x', 'mos.a.*.y', false],
    ['mos.a.*.x', 'mos.a.>', true],
    ['mos.a.*.x', 'mos.a.1.*', true],
    ['mos.a.*.x', 'mos.b.>', false],
    ['mos.a.*', 'mos.a.*.x', false],
    ['mos.a.x', 'mos.a.x', true],
  ])('%s overlaps %s: %s', (a, b, expected) => {
    expect(overlap(a, b)).toBe(expected);
    expect(overlap(b, a)).toBe(expected);
  });

  it('reads context and token of a subject', () => {
    expect(parseSubject('mos.deadlines.mac-1.deadline_reached')).toEqual({ context: 'deadlines', token: 'mac-1' });
    expect(parseSubject('other.deadlines.mac-1.x')).toBeUndefined();
  });
});

import { describe, expect, it } from '@jest/globals';
import type { Rehearsal } from '@managed-os/local/rehearsal';
import { judge } from './judge.js';

const mac = {
  serial: 'VM1',
  version: '12.6',
  installs: 1,
  history: [{ version: '12.6' }],
  pushes: 2,
  answered: {},
  defectCount: 0,
  defects: [],
};
const asPromised: Rehearsal = {
  ...{
    good: true,
    macs: [mac],
    commands: 8,
    steps: { asked: 8, onward: 6 },
    pushes: 3,
    minutes: 3,
    deadLetters: 0,
    restarted: [],
  },
  peaks: new Map([['dispatcher', 180]]),
};

describe('the verdict on a fleet’s update', () => {
  it('is silent about what is as promised, and says how much it took', () => {
    const { broken, lines } = judge(asPromised);
    expect(broken).toEqual([]);
    expect(lines.map((line) => line.trim().replaceAll(/ {2,}/g, ': '))).toEqual(
      expect.arrayContaining([
        'Macs with exactly one install: 1',
        'pushes, a Mac: 3.0',
        'steps of conversations without a new push: 75.0 %',
        'memory of dispatcher at most: 180 MB',
        'Everything is as promised',
      ]),
    );
  });

  it.each<[string, Partial<Rehearsal>]>([
    ['a Mac that did not get there', { good: false }],
    ['a fault that a Mac found', { macs: [{ ...mac, defectCount: 1 }] }],
    ['a dead letter', { deadLetters: 1 }],
    ['a process that ended', { restarted: ['progress'] }],
  ])('names %s', (_, changed) => expect(judge({ ...asPromised, ...changed }).broken).toHaveLength(1));
});

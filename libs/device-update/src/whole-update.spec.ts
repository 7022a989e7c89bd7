import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Behaviour, live, ORDINARY } from './testing/simulated-mac.js';

const arrives = (behaviour: Partial<Behaviour>) => {
  const { events, state } = live({ ...ORDINARY, ...behaviour });
  expect(state).toMatchObject({ standing: { status: 'compliant' }, observed: { version: '12.5.1', confirmed: true } });
  expect(state.attempt).toBeUndefined();
  return {
    count: (type: string) => events.filter((event) => event.type === type).length,
    closed: events.findLast((event) => event.type === 'AttemptClosed'),
  };
};

describe('every Mac that can get there does', () => {
  it('S18 S19 an ordinary one downloads, waits for its deadline and installs once', () => {
    const { count, closed } = arrives({});
    expect(count('UpdateCached')).toBe(1);
    expect(count('InstallRequested')).toBe(1);
    expect(closed).toMatchObject({ outcome: 'verified' });
  });

  it('S9 S11 S12 S14 S16 an upgrade on Apple silicon takes one command', () => {
    const { count } = arrives({ upgrade: true });
    expect(count('DownloadStarted')).toBe(0);
    expect(count('InstallRequested')).toBe(1);
  });

  it('S23 S24 S26 one that has it already is presumed to', () =>
    expect(arrives({ alreadyCached: true }).count('UpdatePresumedCached')).toBe(1));

  it('S20 one whose reports come and go', () =>
    expect(arrives({ leavesOut: 2, share: 0.05 }).count('DownloadStalled')).toBe(0));

  it('S21 a slow one', () => expect(arrives({ share: 0.004 }).count('DownloadStalled')).toBe(0));

  it('S17 Q9 one that takes a day over it is asked once', () =>
    expect(arrives({ installs: 1_440 }).count('InstallRequested')).toBe(1));

  it('Q7 one that Apple offers it to long after the deadline', () =>
    expect(arrives({ offeredAfter: 14_400 }).count('CandidateMissing')).toBeGreaterThan(50));

  it('X10 one whose downloads and installs fail first', () => {
    const { count } = arrives({ failingDownloads: 3, failingInstalls: 2 });
    expect(count('AttemptFailed')).toBe(5);
    expect(count('InstallRequested')).toBe(3);
  });

  it('whatever comes together, with one install that does it', () =>
    fc.assert(
      fc.property(
        fc.record({
          offeredAfter: fc.constantFrom(0, 3_000, 9_000, 12_000),
          share: fc.constantFrom(0, 0.004, 0.05, 0.3),
          leavesOut: fc.constantFrom(0, 2, 3),
          alreadyCached: fc.boolean(),
          failingDownloads: fc.nat(3),
          failingInstalls: fc.nat(3),
          asleep: fc.constantFrom(0, 7, 600),
          installs: fc.constantFrom(20, 200, 700),
          upgrade: fc.boolean(),
        }),
        (behaviour) => {
          const { count } = arrives(behaviour);
          expect(count('InstallRequested')).toBe(behaviour.failingInstalls + 1);
          expect(count('InstallStarted')).toBe(1);
          if (behaviour.upgrade) expect(count('DownloadStarted')).toBe(0);
        },
      ),
      { numRuns: 200 },
    ));
});

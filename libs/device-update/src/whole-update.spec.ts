import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DEADLINE, later } from './testing/inputs.js';
import { type DeclaredBehaviour, liveDeclared, ORDINARY_DECLARED } from './testing/simulated-declared-mac.js';
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

  it.each([0.05, 0.004])('S21 Q11 one that sleeps at night, at a share of %d in ten minutes', (share) => {
    const { count } = arrives({ nights: true, share });
    expect(count('DownloadStalled')).toBe(0);
    expect(count('UpdateCached')).toBe(1);
  });

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
          nights: fc.boolean(),
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

const arrivesDeclared = (behaviour: Partial<DeclaredBehaviour>) => {
  const { events, state, forcedAt } = liveDeclared({ ...ORDINARY_DECLARED, ...behaviour });
  expect(state).toMatchObject({ standing: { status: 'compliant' }, observed: { version: '15.8.1', confirmed: true } });
  const declarations = events.filter(({ type }) => type === 'DeclarationRequested' || type === 'DeclarationWithdrawn');
  expect(declarations).toMatchObject([{ type: 'DeclarationRequested' }, { reason: 'verified' }]);
  expect(events.some(({ type }) => ['CommandRequested', 'WatchRequested', 'PromptImpossible'].includes(type))).toBe(
    false,
  );
  return { events, forcedAt };
};

describe('every Mac that macOS updates by itself gets there by one declaration (X1)', () => {
  it('X1 S69 an ordinary one is forced at its deadline', () => expect(arrivesDeclared({}).forcedAt).toBe(DEADLINE));

  it('S69 one in another zone at the same instant', () =>
    expect(arrivesDeclared({ zone: 'Asia/Tokyo' }).forcedAt).toBe(DEADLINE));

  it('S69 one whose zone nobody knows within 26 hours after it, never before', () => {
    expect(arrivesDeclared({ zone: 'Pacific/Kiritimati', tellsZone: false }).forcedAt).toBe(DEADLINE);
    expect(arrivesDeclared({ zone: 'Etc/GMT+12', tellsZone: false }).forcedAt).toBe(later(DEADLINE, 26 * 60));
  });

  it('S49 one that came too late after the countdown', () =>
    expect(arrivesDeclared({ lateBy: 3_000 }).forcedAt).toBe(later(DEADLINE, 3_062)));

  it('S65 one whose user does it is not forced', () =>
    expect(arrivesDeclared({ userInstallsAfter: 600 }).forcedAt).toBeUndefined());

  it('X10 one whose installs fail is tried again by macOS, and told each time', () =>
    expect(
      arrivesDeclared({ failingInstalls: 3 }).events.flatMap((event) =>
        event.type === 'AttemptFailed' ? [event.count] : [],
      ),
    ).toEqual([1, 2, 3]));

  it('whatever comes together, never before the deadline unless its user does it', () =>
    fc.assert(
      fc.property(
        fc.record({
          zone: fc.constantFrom('Europe/Paris', 'Asia/Kolkata', 'America/St_Johns', 'Pacific/Kiritimati', 'Etc/GMT+12'),
          tellsZone: fc.boolean(),
          asleep: fc.constantFrom(0, 90, 9_000),
          failingInstalls: fc.nat(3),
          userInstallsAfter: fc.constantFrom(Infinity, 5, 4_000),
          lateBy: fc.constantFrom(0, 1, 20_000),
        }),
        (behaviour) => {
          const { forcedAt } = arrivesDeclared(behaviour);
          if (forcedAt !== undefined) expect(forcedAt >= DEADLINE).toBe(true);
        },
      ),
    ));
});

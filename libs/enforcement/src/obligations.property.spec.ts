import { describe, expect, it } from '@jest/globals';
import { addDays, localAt, toMillis } from '@managed-os/kernel';
import fc from 'fast-check';
import { evaluate } from './evaluate.js';
import type { PlanInput, Release } from './plan-input.js';
import { date, time, window, zone } from './testing/arbitraries.js';
import { automatically, byPolicy, input, mac } from './testing/index.js';

const sequence = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 2, max: 12 }), date), {
    selector: ([minor]) => minor,
    minLength: 1,
    maxLength: 6,
  })
  .map((releases) =>
    releases.map(([minor, released]): Release => ({
      version: `12.${minor}`,
      build: `21A${minor}`,
      released,
      kind: 'minor',
    })),
  );

const deadlineOf = (change: Partial<PlanInput>): number => {
  const evaluation = evaluate(input({ device: mac({ osVersion: '12.1' }), ...change }));
  if (!('obligations' in evaluation)) throw new Error(`nothing owed: ${evaluation.status}`);
  return toMillis(evaluation.obligations[0].deadline);
};

describe('deadlines never slide (X7, Q28)', () => {
  it('a further release, whatever its date, never moves the Mac’s deadline later', () =>
    fc.assert(
      fc.property(sequence, date, window, time, zone, (releases, released, w, t, z) => {
        const item = { os: '12', enforcement: automatically({ window: w, time: t, clock: { zone: z } }) };
        const later: Release = { version: '12.20', build: '21Z1', released, kind: 'minor' };
        expect(deadlineOf({ item, releases: [...releases, later] })).toBeLessThanOrEqual(
          deadlineOf({ item, releases }),
        );
      }),
    ));

  it('X7 releases every 10 days with a window of 14: the first force is on day 14', () => {
    const releases = [0, 10, 20, 30].map((day, n): Release => ({
      version: `12.${n + 2}`,
      build: `21A${n}`,
      released: addDays('2022-06-01', day),
      kind: 'minor',
    }));
    const item = { os: '12', enforcement: automatically({ window: 'P2W', time: '14:00', clock: { zone: 'UTC' } }) };
    expect(deadlineOf({ item, releases })).toBe(Date.parse('2022-06-15T14:00:00Z'));
    const newest = evaluate(input({ item, releases, device: mac({ osVersion: '12.5' }) }));
    expect(newest.status).toBe('compliant');
  });
});

describe('one clock story (X9, Q23)', () => {
  it('deadline, its local rendering and UTC are one instant, and the wall clock shows the enforcement time unless it was skipped', () =>
    fc.assert(
      fc.property(date, time, zone, (d, t, z) => {
        const evaluation = evaluate(
          input({
            item: { os: '12', enforcement: byPolicy('12.9', { deadlineDate: d, time: t, clock: { zone: z } }) },
          }),
        );
        if (!('obligations' in evaluation)) throw new Error(evaluation.status);
        const [{ deadline, deadlineLocal, zone: shown }] = evaluation.obligations;
        expect(localAt(deadline, shown)).toBe(deadlineLocal);
        expect(deadlineLocal >= `${d}T${t}:00`).toBe(true);
        if (deadlineLocal !== `${d}T${t}:00`) {
          const before = localAt(new Date(toMillis(deadline) - 1).toISOString() as typeof deadline, shown);
          expect(before < `${d}T${t}:00`).toBe(true);
        }
      }),
    ));

  it('S48 S66 notify-from is five nominal days before the deadline, corrected on its own', () =>
    fc.assert(
      fc.property(date, time, zone, (d, t, z) => {
        const policy = (deadlineDate: string) => ({
          os: '12',
          enforcement: byPolicy('12.9', { deadlineDate, time: t, clock: { zone: z } }),
        });
        const evaluation = evaluate(input({ item: policy(d) }));
        if (!('obligations' in evaluation)) throw new Error(evaluation.status);
        expect(toMillis(evaluation.obligations[0].notifyFrom)).toBe(deadlineOf({ item: policy(addDays(d, -5)) }));
      }),
    ));
});

describe('every Mac gets an answer (S7)', () => {
  it('no architecture, version and item is without a row, and a due Mac always has a step above its version', () =>
    fc.assert(
      fc.property(
        fc.constantFrom('arm64', 'x86_64'),
        fc.tuple(fc.constantFrom(10, 11, 12, 13, 14, 15, 26, 27), fc.nat(16), fc.nat(9)),
        fc.constantFrom('10.13', '10.14', '10.15', '11', '12', '13', '14', '15', '26', '27'),
        fc.boolean(),
        fc.boolean(),
        (architecture, version, os, rescueWithFullInstaller, twoStepUpgrade) => {
          const evaluation = evaluate(
            input({
              device: { architecture, osVersion: version.join('.') },
              item: { os, enforcement: byPolicy(`${os}.9`) },
              releases: [],
              settings: { rescueWithFullInstaller, twoStepUpgrade },
            }),
          );
          if (evaluation.status === 'due') expect('steps' in evaluation && evaluation.steps.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 500 },
    ));
});

import { describe, expect, it } from '@jest/globals';
import { compareVersions, instant, localAt, toMillis, without } from '@managed-os/kernel';
import fc from 'fast-check';
import { type Plan, plan } from './plan.js';
import { readPlanInput } from './read-plan-input.js';
import { changeOfClocks, date, planInput, releases, time, window, zone } from './testing/arbitraries.js';
import { automatically, byPolicy, input, mac } from './testing/index.js';

/** The plan of an input that must be valid. */
const planOfJson = (json: unknown): Plan => {
  const reading = readPlanInput(json);
  if (reading.kind === 'faults') throw new Error(JSON.stringify(reading.faults));
  return plan(reading.input);
};

type Owed = NonNullable<Plan['obligation']>;
const owedBy = (answer: Plan): Owed => {
  if (!answer.obligation) throw new Error(`nothing owed: ${answer.status}`);
  return answer.obligation;
};

const manual = (deadlineDate: string, at: string, name: string): Owed =>
  owedBy(
    plan(
      input({
        item: { os: '12', enforcement: byPolicy('12.9', { deadlineDate, time: at, clock: { zone: name } }) },
        releases: [],
      }),
    ),
  );

const fiveDaysBefore = (day: string): string => new Date(Date.parse(day) - 5 * 86_400_000).toISOString().slice(0, 10);

/** What the wall clock shows so many milliseconds before. */
const shownBefore = ({ deadline, zone: name }: Owed, millis: number): string =>
  localAt(instant(toMillis(deadline) - millis), name);

describe('where the clocks change (X9, Q23)', () => {
  it('deadline, its local rendering and UTC are one instant; a time that was skipped is the first one after the gap', () =>
    fc.assert(
      fc.property(changeOfClocks, time, ([name, day], at) => {
        const owed = manual(day, at, name);
        const nominal = `${day}T${at}:00`;
        expect(localAt(owed.deadline, name)).toBe(owed.deadlineLocal);
        if (owed.deadlineLocal === nominal) return;
        expect(owed.deadlineLocal > nominal).toBe(true);
        expect(shownBefore(owed, 1) < nominal).toBe(true);
      }),
      { numRuns: 1_000 },
    ));

  it('of a time that comes twice it is the first', () =>
    fc.assert(
      fc.property(changeOfClocks, time, ([name, day], at) => {
        const owed = manual(day, at, name);
        for (let minutes = 15; minutes <= 180; minutes += 15)
          expect(shownBefore(owed, minutes * 60_000)).not.toBe(owed.deadlineLocal);
      }),
      { numRuns: 1_000 },
    ));

  it('S48 S66 notify-from is the deadline that the day five days earlier would have, corrected on its own', () =>
    fc.assert(
      fc.property(changeOfClocks, time, ([name, day], at) => {
        expect(manual(day, at, name).notifyFrom).toBe(manual(fiveDaysBefore(day), at, name).deadline);
      }),
      { numRuns: 1_000 },
    ));

  it('Q29 Q31 an automatic deadline is that of a policy which names the day of the window’s end', () =>
    fc.assert(
      fc.property(date, window, time, zone, (released, w, at, name) => {
        const item = { os: '12', enforcement: automatically({ window: w, time: at, clock: { zone: name } }) };
        const owed = owedBy(plan(input({ item, releases: [{ version: '12.9', released }] })));
        const end = localAt(owed.deadline, name).slice(0, 10);
        const moments = without(manual(end, at, name), 'version', 'openedBy');
        // A whole day that was skipped moves the deadline into the next one.
        if (owed.deadlineLocal === `${end}T${at}:00`) expect(owed).toMatchObject(moments);
        else expect(toMillis(owed.deadline)).toBeLessThanOrEqual(toMillis(moments.deadline));
      }),
      { numRuns: 1_000 },
    ));

  it('X9 a device-local clock of a known zone is that zone’s', () =>
    fc.assert(
      fc.property(changeOfClocks, time, ([name, day], at) => {
        const local = byPolicy('12.9', { deadlineDate: day, time: at, clock: { deviceLocal: true } });
        const answer = plan(
          input({ device: mac({ timeZone: name }), item: { os: '12', enforcement: local }, releases: [] }),
        );
        expect(answer.obligation).toEqual(manual(day, at, name));
      }),
    ));
});

/** What must hold of every plan, whatever the input. */
const expectSound = (answer: Plan, osVersion: string | null): void => {
  const { status, reason, phase, obligation, openObligations, target, steps, warnings } = answer;
  if (status !== 'due' && status !== 'blocked') {
    expect([phase, obligation, openObligations, target, steps, warnings]).toEqual([null, null, 0, null, [], []]);
    expect(reason === null).toBe(status !== 'unknown' && status !== 'incompatible');
    return;
  }
  expect(reason === null).toBe(status === 'due');
  expect(openObligations).toBeGreaterThan(0);
  expect(toMillis(owedBy(answer).notifyFrom)).toBeLessThan(toMillis(owedBy(answer).deadline));
  expect(steps.length).toBeLessThanOrEqual(3);
  expect(steps.length === 0).toBe(reason === 'no_intermediate_release');
  // Each step leads upwards, from what is installed (S44).
  let below = osVersion ?? '';
  for (const { version } of steps) {
    expect(compareVersions(version, below)).toBeGreaterThan(0);
    below = version;
  }
  if (steps.length > 0) expect(target?.version).toBe(below);
};

describe('plans of any valid input', () => {
  it('S7 S44 every one is read, gets an answer, and the answer is sound', () =>
    fc.assert(
      fc.property(planInput, (json) => expectSound(planOfJson(json), json.device.osVersion)),
      { numRuns: 3_000 },
    ));

  it('the answer is JSON, and the same for the same input', () =>
    fc.assert(
      fc.property(planInput, (json) => {
        const answer = planOfJson(json);
        expect(JSON.parse(JSON.stringify(answer))).toEqual(answer);
        expect(planOfJson(structuredClone(json))).toEqual(answer);
      }),
    ));

  it('the order of the releases does not matter', () =>
    fc.assert(
      fc.property(
        planInput.chain((json) =>
          fc.tuple(
            fc.constant(json),
            fc.shuffledSubarray(json.releases, { minLength: json.releases.length, maxLength: json.releases.length }),
          ),
        ),
        ([json, shuffled]) => expect(planOfJson({ ...json, releases: shuffled })).toEqual(planOfJson(json)),
      ),
      { numRuns: 1_000 },
    ));

  it('X7 Q28 no further releases, of whatever version and date, move a deadline later or let an obligation go', () =>
    fc.assert(
      fc.property(
        planInput.filter(({ item }) => item.enforcement.mode === 'automatic'),
        releases,
        (json, further) => {
          const before = planOfJson(json);
          if (!before.obligation) return;
          const after = planOfJson({ ...json, releases: [...json.releases, ...further] });
          expect(after.openObligations).toBeGreaterThanOrEqual(before.openObligations);
          expect(toMillis(owedBy(after).deadline)).toBeLessThanOrEqual(toMillis(before.obligation.deadline));
        },
      ),
      { numRuns: 2_000 },
    ));

  it('S48 S65 the phase only goes forward, and nothing else changes with time', () =>
    fc.assert(
      fc.property(planInput, date, time, (json, day, at) => {
        const later = [json.now, `${day}T${at}:00Z`].sort();
        const [first, second] = later.map((now) => planOfJson({ ...json, now }));
        const order = ['waiting', 'prompting', 'enforcing'];
        expect(order.indexOf(second?.phase ?? 'waiting')).toBeGreaterThanOrEqual(
          order.indexOf(first?.phase ?? 'waiting'),
        );
        expect({ ...second, phase: null }).toEqual({ ...first, phase: null });
      }),
    ));
});

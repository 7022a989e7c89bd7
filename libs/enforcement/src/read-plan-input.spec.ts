import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { plan } from './plan.js';
import { readPlanInput } from './read-plan-input.js';
import { automatically, byPolicy, mac, release } from './testing/index.js';

const valid = {
  now: '2022-03-01T13:00:00+01:00',
  device: { ...mac(), supervised: null, timeZone: 'Europe/Paris', room: 12 },
  item: { os: '12', enforcement: { ...automatically(), minimumVersion: 'anything' }, name: 'Monterey' },
  releases: [{ ...release('12.2', '2022-01-26'), installer: null, notes: [] }],
  settings: { twoStepUpgrade: false, rescueWithFullInstaller: null, notificationDays: 30 },
  comment: 'a field of somebody else',
};

const faultsOf = (json: unknown): readonly string[] => {
  const reading = readPlanInput(json);
  return reading.kind === 'faults' ? reading.faults.map(({ pointer, error }) => `${pointer} ${error}`) : [];
};

describe('reading an input of plan', () => {
  it('keeps what section 6 names and nothing else', () =>
    expect(readPlanInput(valid)).toEqual({
      kind: 'input',
      input: {
        now: '2022-03-01T12:00:00.000Z',
        device: { ...mac(), timeZone: 'Europe/Paris' },
        item: { os: '12', enforcement: automatically() },
        releases: [release('12.2', '2022-01-26')],
        settings: { twoStepUpgrade: false },
      },
    }));

  it('says what to write instead, for each fault', () => {
    const clock = { zone: 'Mars/Olympus' };
    const json = {
      ...valid,
      item: { os: '12', enforcement: { mode: 'manual', time: '25:00', clock } },
      releases: [{}],
    };
    expect(faultsOf(json)).toEqual([
      "/item/enforcement/minimumVersion is missing; it must be a version of macOS 12, the item's os",
      '/item/enforcement/deadlineDate is missing; it must be a day of the calendar from 1000-01-01 to 9999-12-30',
      '/item/enforcement/time must be a time of day from 00:00 to 23:59, HH:MM, not "25:00"',
      '/item/enforcement/clock/zone must be an IANA time zone such as Europe/Paris, not "Mars/Olympus"',
      '/releases/0/version is missing; it must be a macOS version such as 12.5.1',
      '/releases/0/released is missing; it must be a day of the calendar from 1000-01-01 to 9999-09-29',
    ]);
  });

  it('shows no more of a value than a line takes', () => {
    const [said = ''] = faultsOf({ ...valid, settings: 'x'.repeat(100_000) });
    expect(said).toMatch(/^\/settings must be an object, not "x+…"$/);
    expect(said.length).toBeLessThan(120);
  });

  it('does not run out of stack where a value is a deep nest', () => {
    let nest: unknown = [];
    for (let depth = 0; depth < 100_000; depth++) nest = [nest];
    expect(faultsOf({ ...valid, device: nest })).toEqual(['/device must be an object, not a list']);
  });
});

describe('the days that are taken', () => {
  const owed = (day: string, time: string, zone: string) => {
    const enforcement = byPolicy('12.2', { deadlineDate: day, time, clock: { zone } });
    const reading = readPlanInput({ ...valid, item: { os: '12', enforcement } });
    return reading.kind === 'input' ? plan(reading.input).obligation : reading;
  };

  it.each(['1000-01-01', '9999-12-30'])('have an instant at both ends, in every zone: %s', (day) => {
    for (const zone of Intl.supportedValuesOf('timeZone'))
      for (const time of ['00:00', '23:59']) expect(owed(day, time, zone)).toMatchObject({ zone });
  });

  it.each(['P1D', 'P3M'])('and so has the end of a window: %s after the last one', (window) => {
    const enforcement = automatically({ time: '23:59', clock: { zone: 'Etc/GMT+12' } });
    const reading = readPlanInput({
      ...valid,
      item: { os: '12', enforcement: { ...enforcement, window } },
      releases: [release('12.2', '9999-09-29')],
    });
    expect(reading.kind === 'input' && plan(reading.input).status).toBe('due');
  });
});

/** A value of any kind, now and then one that belongs there. */
const odd = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>('12', '12.2', '2022-02-30', '14:00', 'UTC', -0, 1e400, ''),
);

/** The pointers of everything below a value. */
const pointersIn = (value: unknown, at: readonly string[] = []): readonly (readonly string[])[] =>
  typeof value === 'object' && value !== null
    ? [at, ...Object.entries(value).flatMap(([name, inner]) => pointersIn(inner, [...at, name]))]
    : [at];

const replaced = (value: unknown, [name, ...rest]: readonly string[], by: unknown): unknown => {
  if (name === undefined) return by;
  if (Array.isArray(value))
    return value.map((inner: unknown, i) => (String(i) === name ? replaced(inner, rest, by) : inner));
  const fields = value as Readonly<Record<string, unknown>>;
  return { ...fields, [name]: replaced(fields[name], rest, by) };
};

describe('reading never throws', () => {
  it('whatever JSON it is given', () =>
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        const reading = readPlanInput(json);
        expect(reading.kind === 'faults' && reading.faults.length > 0).toBe(true);
      }),
    ));

  it('wherever a valid input is changed, it is planned or blamed at what was changed, or right below or above it', () => {
    const whole = {
      ...valid,
      item: { os: '12', enforcement: byPolicy('12.2') },
      releases: [{ ...release('12.2', '2022-01-26'), supportedDevices: ['J314sAP'] }],
    };
    const places = pointersIn(whole);
    fc.assert(
      fc.property(fc.constantFrom(...places), odd, (place, value) => {
        const reading = readPlanInput(replaced(whole, place, value));
        if (reading.kind === 'input') {
          expect(plan(reading.input)).toHaveProperty('status');
          return;
        }
        const changed = place.map((name) => `/${name}`).join('');
        expect(reading.faults.length).toBeGreaterThan(0);
        for (const { pointer } of reading.faults)
          expect(pointer.startsWith(changed) || changed.startsWith(pointer) || changed === '/item/os').toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

import fc from 'fast-check';
import { type Instant, toMillis } from './instant.js';
import {
  addDays,
  addPeriod,
  isCivilDate,
  isTimeOfDay,
  isZone,
  localAt,
  type Period,
  wallClockToInstant,
} from './zoned.js';

describe('wall clocks of a zone (X9, Q23)', () => {
  it.each([
    ['2022-09-16', '14:00', 'America/New_York', '2022-09-16T18:00:00.000Z'],
    ['2022-09-16', '14:00', 'UTC', '2022-09-16T14:00:00.000Z'],
    ['2022-09-16', '14:00', 'Asia/Kolkata', '2022-09-16T08:30:00.000Z'],
    ['2022-09-16', '00:00', 'Pacific/Kiritimati', '2022-09-15T10:00:00.000Z'],
    ['2022-09-16', '23:59', 'Etc/GMT+12', '2022-09-17T11:59:00.000Z'],
  ])('%s %s in %s is %s', (date, time, zone, expected) => expect(wallClockToInstant(date, time, zone)).toBe(expected));

  it.each([
    ['2022-03-13', '02:30', 'America/New_York', '2022-03-13T07:00:00.000Z'],
    ['2022-03-27', '02:00', 'Europe/Paris', '2022-03-27T01:00:00.000Z'],
    ['2022-10-02', '02:15', 'Australia/Lord_Howe', '2022-10-01T15:30:00.000Z'],
    ['2011-12-30', '12:00', 'Pacific/Apia', '2011-12-30T10:00:00.000Z'],
  ])('a time in a gap is the first valid instant after it: %s %s %s', (date, time, zone, expected) =>
    expect(wallClockToInstant(date, time, zone)).toBe(expected),
  );

  it.each([
    ['2022-11-06', '01:30', 'America/New_York', '2022-11-06T05:30:00.000Z'],
    ['2022-10-30', '02:30', 'Europe/Paris', '2022-10-30T00:30:00.000Z'],
    ['2022-04-03', '01:45', 'Australia/Lord_Howe', '2022-04-02T14:45:00.000Z'],
  ])('in an overlap the first occurrence counts: %s %s %s', (date, time, zone, expected) =>
    expect(wallClockToInstant(date, time, zone)).toBe(expected),
  );

  it('refuses an unknown zone', () =>
    expect(() => wallClockToInstant('2022-09-16', '14:00', 'Mars/Olympus')).toThrow('not an IANA time zone'));

  it('renders what the wall clock showed, wherever it is neither in a gap nor the second occurrence', () => {
    const zone = fc.constantFrom(
      'America/New_York',
      'Europe/Paris',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'America/St_Johns',
      'UTC',
    );
    const day = fc.integer({ min: 0, max: 365 * 12 }).map((n) => addDays('2020-01-01', n));
    const minute = fc
      .integer({ min: 0, max: 1439 })
      .map((m) => `${String(Math.floor(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`);
    fc.assert(
      fc.property(zone, day, minute, (name, date, time) => {
        const at = wallClockToInstant(date, time, name);
        const shown = localAt(at, name);
        const inGap = shown !== `${date}T${time}:00`;
        if (inGap) {
          expect(shown > `${date}T${time}:00`).toBe(true);
          const before = localAt(new Date(toMillis(at) - 1).toISOString() as Instant, name);
          expect(before < `${date}T${time}:00`).toBe(true);
        }
      }),
    );
  });
});

describe('windows after a release (Q27, Q29)', () => {
  it.each([
    ['2022-01-26', 'P2W', '2022-02-09'],
    ['2022-01-31', 'P1M', '2022-02-28'],
    ['2024-01-31', 'P1M', '2024-02-29'],
    ['2022-12-31', 'P2M', '2023-02-28'],
    ['2022-11-30', 'P3M', '2023-02-28'],
    ['2022-02-28', 'P1D', '2022-03-01'],
  ] satisfies [string, Period, string][])('%s plus %s is %s', (date, period, expected) =>
    expect(addPeriod(date, period)).toBe(expected),
  );
});

describe('what counts as a date, a time, a zone', () => {
  it.each(['2022-02-30', '2022-13-01', '22-01-01', '2022-1-1', ''])('%j is no date', (text) =>
    expect(isCivilDate(text)).toBe(false),
  );
  it('a text is a day of the calendar when the calendar knows it', () => {
    const text = (n: number, width: number): string => String(n).padStart(width, '0');
    const any = fc.tuple(fc.constantFrom(1900, 2000, 2022, 2023, 2024, 2100), fc.nat(13), fc.nat(32));
    fc.assert(
      fc.property(any, ([year, month, day]) => {
        const date = `${text(year, 4)}-${text(month, 2)}-${text(day, 2)}`;
        const at = new Date(Date.UTC(year, month - 1, day));
        expect(isCivilDate(date)).toBe(at.getUTCMonth() === month - 1 && at.getUTCDate() === day);
      }),
      { numRuns: 1_000 },
    );
  });
  it('2024-02-29 is one', () => expect(isCivilDate('2024-02-29')).toBe(true));
  it.each(['24:00', '9:00', '12:60', '12:00:00'])('%j is no time of day', (text) =>
    expect(isTimeOfDay(text)).toBe(false),
  );
  it.each(['America/New_York', 'UTC', 'Asia/Kolkata'])('%s is a zone', (name) => expect(isZone(name)).toBe(true));
  it.each(['', 'Mars/Olympus', 'local', '+05:00', '-0330'])('%j is none', (name) => expect(isZone(name)).toBe(false));
});

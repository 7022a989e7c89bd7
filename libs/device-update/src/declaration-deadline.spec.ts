import { describe, expect, it } from '@jest/globals';
import { addDays, addMillis, type Instant, instant, localAt, toMillis, wallClockToInstant } from '@managed-os/kernel';
import fc from 'fast-check';
import { type DeadlineInDeclaration, declarationDeadline } from './declaration-deadline.js';

const at = (text: string): Instant => instant(Date.parse(text));

/** A deadline of 16 September 2022, 14:00 in New York, looked at a week before; one knob per test. */
const declared = (change: Partial<DeadlineInDeclaration> = {}) =>
  declarationDeadline({
    deadline: at('2022-09-16T18:00:00Z'),
    deviceLocal: false,
    deviceZone: 'America/New_York',
    now: at('2022-09-09T12:00:00Z'),
    countdownMinutes: 30,
    ...change,
  });

describe('the deadline in a declaration (section 6a)', () => {
  it.each([
    ['S69 the Mac’s zone is the policy’s', 'America/New_York', '2022-09-16T14:00:00'],
    ['S69 the Mac is east of it', 'Europe/Paris', '2022-09-16T20:00:00'],
    ['S69 the Mac is a day ahead', 'Pacific/Kiritimati', '2022-09-17T08:00:00'],
    ['S69 the Mac is a half-hour off', 'Asia/Kolkata', '2022-09-16T23:30:00'],
  ])('fixed zone, zone known: %s', (_, deviceZone, targetLocalDateTime) =>
    expect(declared({ deviceZone })).toEqual({
      targetLocalDateTime,
      earliestPossibleInstant: '2022-09-16T18:00:00.000Z',
      latestPossibleInstant: '2022-09-16T18:00:00.000Z',
      zoneUnknown: false,
    }),
  );

  it('S69 fixed zone, zone unknown: in UTC+14, up to 26 hours late', () =>
    expect(declared({ deviceZone: undefined })).toEqual({
      targetLocalDateTime: '2022-09-17T08:00:00',
      earliestPossibleInstant: '2022-09-16T18:00:00.000Z',
      latestPossibleInstant: '2022-09-17T20:00:00.000Z',
      zoneUnknown: true,
    }));

  it('X9 device-local clock, zone known: the policy’s wall clock, which is one instant', () =>
    expect(declared({ deviceLocal: true, deviceZone: 'Asia/Tokyo', deadline: at('2022-09-16T05:00:00Z') })).toEqual({
      targetLocalDateTime: '2022-09-16T14:00:00',
      earliestPossibleInstant: '2022-09-16T05:00:00.000Z',
      latestPossibleInstant: '2022-09-16T05:00:00.000Z',
      zoneUnknown: false,
    }));

  it('X9 device-local clock, zone unknown: the policy’s wall clock, wherever the Mac is', () =>
    expect(declared({ deviceLocal: true, deviceZone: undefined, deadline: at('2022-09-16T14:00:00Z') })).toEqual({
      targetLocalDateTime: '2022-09-16T14:00:00',
      earliestPossibleInstant: '2022-09-16T00:00:00.000Z',
      latestPossibleInstant: '2022-09-17T02:00:00.000Z',
      zoneUnknown: true,
    }));

  it.each([
    ['America/New_York', '2022-03-13T07:00:00Z', '2022-03-13T03:00:00'],
    ['Australia/Lord_Howe', '2022-10-01T15:30:00Z', '2022-10-02T02:30:00'],
    ['Africa/Cairo', '2023-04-27T22:00:00Z', '2023-04-28T01:00:00'],
  ])(
    'Q23 X9 in a gap of the Mac’s zone, %s: the first valid minute after it',
    (zone, deadline, targetLocalDateTime) => {
      const now = at('2022-01-01T00:00:00Z');
      expect(declared({ deviceLocal: true, deviceZone: zone, deadline: at(deadline), now })).toMatchObject({
        targetLocalDateTime,
      });
      expect(declared({ deviceZone: zone, deadline: at(deadline), now })).toMatchObject({
        targetLocalDateTime,
      });
    },
  );

  it.each([
    ['on the minute', '2022-09-20T12:00:00Z', '2022-09-20T14:30:00', '2022-09-20T12:30:00.000Z'],
    ['a moment after it', '2022-09-20T12:00:00.001Z', '2022-09-20T14:31:00', '2022-09-20T12:31:00.000Z'],
    ['a moment before the next', '2022-09-20T12:00:59.999Z', '2022-09-20T14:31:00', '2022-09-20T12:31:00.000Z'],
    ['at the deadline itself', '2022-09-16T18:00:00Z', '2022-09-16T20:30:00', '2022-09-16T18:30:00.000Z'],
  ])('S49 overdue, zone known: now and the countdown, rounded up: %s', (_, now, targetLocalDateTime, instantOf) =>
    expect(declared({ deviceZone: 'Europe/Paris', now: at(now) })).toEqual({
      targetLocalDateTime,
      earliestPossibleInstant: instantOf,
      latestPossibleInstant: instantOf,
      zoneUnknown: false,
    }),
  );

  it('a moment before the deadline it is not overdue', () =>
    expect(declared({ deviceZone: 'Europe/Paris', now: at('2022-09-16T17:59:59.999Z') }).targetLocalDateTime).toBe(
      '2022-09-16T20:00:00',
    ));

  it('takes the countdown of the settings', () =>
    expect(
      declared({ deviceZone: 'UTC', now: at('2022-09-20T12:00:00Z'), countdownMinutes: 45 }).targetLocalDateTime,
    ).toBe('2022-09-20T12:45:00'));

  it.each<[string, Partial<DeadlineInDeclaration>]>([
    ['fixed zone', {}],
    ['device-local clock', { deviceLocal: true }],
  ])('overdue, zone unknown: now and the countdown in UTC+14, so that it is past nowhere: %s', (_, change) =>
    expect(declared({ ...change, deviceZone: undefined, now: at('2022-09-20T12:00:30Z') })).toEqual({
      targetLocalDateTime: '2022-09-21T02:31:00',
      earliestPossibleInstant: '2022-09-20T12:31:00.000Z',
      latestPossibleInstant: '2022-09-21T14:31:00.000Z',
      zoneUnknown: true,
    }),
  );

  it('trap 14 a reading that the clock of a Mac farthest east has passed is perhaps past', () => {
    const local = { deviceLocal: true, deadline: at('2022-09-16T14:00:00Z'), deviceZone: undefined };
    expect(declared({ ...local, now: at('2022-09-16T02:00:00Z') })).toMatchObject({
      targetLocalDateTime: '2022-09-16T16:30:00',
      earliestPossibleInstant: '2022-09-16T02:30:00.000Z',
    });
  });

  const zone = fc.constantFrom(
    ...['America/New_York', 'Europe/Paris', 'Australia/Lord_Howe', 'Pacific/Apia', 'Africa/Cairo'],
    ...['America/St_Johns', 'Pacific/Chatham', 'Pacific/Kiritimati', 'Etc/GMT+12', 'UTC'],
  );
  const moment = fc
    .tuple(fc.nat(3_000), fc.nat(1_439))
    .map(([day, minute]) => addMillis(at(`${addDays('2018-01-01', day)}T00:00:00Z`), minute * 60_000));

  it('S69 read in any zone on Earth, it is never before the promised instant, and never after the latest possible', () =>
    fc.assert(
      fc.property(moment, moment, zone, (deadline, now, macZone) => {
        const { targetLocalDateTime, latestPossibleInstant, earliestPossibleInstant } = declared({
          deadline,
          now,
          deviceZone: undefined,
        });
        const read = wallClockToInstant(targetLocalDateTime.slice(0, 10), targetLocalDateTime.slice(11, 16), macZone);
        expect(toMillis(read)).toBeGreaterThanOrEqual(toMillis(deadline));
        expect(toMillis(read)).toBeGreaterThanOrEqual(toMillis(earliestPossibleInstant));
        expect(toMillis(read)).toBeLessThanOrEqual(toMillis(latestPossibleInstant));
      }),
    ));

  it('trap 14 it is past nowhere when it is said, by whatever clock the policy goes', () =>
    fc.assert(
      fc.property(moment, fc.integer({ min: -3_000, max: 3_000 }), fc.boolean(), (deadline, minutes, deviceLocal) => {
        const now = addMillis(deadline, minutes * 60_000);
        const { earliestPossibleInstant } = declared({ deadline, now, deviceLocal, deviceZone: undefined });
        expect(toMillis(earliestPossibleInstant)).toBeGreaterThan(toMillis(now));
      }),
    ));

  it('X9 in a known zone it is the deadline as that zone shows it, and never overdue when it is sent', () =>
    fc.assert(
      fc.property(moment, moment, zone, (deadline, now, deviceZone) => {
        const { targetLocalDateTime, latestPossibleInstant } = declared({ deadline, now, deviceZone });
        expect(localAt(latestPossibleInstant, deviceZone)).toBe(targetLocalDateTime);
        expect(toMillis(latestPossibleInstant)).toBeGreaterThan(toMillis(now));
      }),
    ));
});

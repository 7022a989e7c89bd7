import { IANAZone } from 'luxon';
import { type Instant, instant, toMillis } from './instant.js';

/** A day of the calendar, `2022-09-16`. */
export type CivilDate = string;
/** `HH:MM`. */
export type TimeOfDay = string;
declare const localBrand: unique symbol;
/** A wall clock's reading without zone or offset, `2022-09-16T14:00:00`. Not an instant. */
export type LocalDateTime = string & { readonly [localBrand]: true };

/** The windows after a release that an admin can pick (Q27); months are calendar months. */
export const PERIODS = ['P1D', 'P2D', 'P1W', 'P2W', 'P3W', 'P1M', 'P2M', 'P3M'] as const;
export type Period = (typeof PERIODS)[number];

/** Any number of days, weeks or calendar months up to 999: `P3D`. */
export type Span = `P${number}${'D' | 'W' | 'M'}`;
export const isSpan = (text: string): text is Span => /^P\d{1,3}[DWM]$/.test(text);

const DAY = 86_400_000;
const MINUTE = 60_000;

/** To ask the platform takes longer than to plan a Mac. */
const zones = new Set<string>();
const MOST_ZONES = 1_000;

/** Whether `name` is an IANA zone. The platform also takes offsets such as `+05:00`, which know no daylight saving: they are none. */
export const isZone = (name: string): boolean => {
  if (zones.has(name)) return true;
  if (!/^[A-Za-z]/.test(name) || !IANAZone.isValidZone(name)) return false;
  if (zones.size < MOST_ZONES) zones.add(name);
  return true;
};
export const isTimeOfDay = (text: string): text is TimeOfDay => /^([01]\d|2[0-3]):[0-5]\d$/.test(text);

const DATE = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;
const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
const daysOf = (month: number, year: number): number =>
  month === 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;

export const isCivilDate = (text: string): text is CivilDate => {
  if (!DATE.test(text)) return false;
  const day = text.slice(8);
  return day <= '28' || Number(day) <= daysOf(Number(text.slice(5, 7)), Number(text.slice(0, 4)));
};

export const addDays = (date: CivilDate, days: number): CivilDate =>
  new Date(Date.parse(date) + days * DAY).toISOString().slice(0, 10);

/** `date`, Apple's release date for one, plus a window (Q29); a month that is too short ends on its last day (31 January + P1M = 28 or 29 February). */
export const addPeriod = (date: CivilDate, period: Span): CivilDate => {
  const count = Number(period.slice(1, -1));
  if (period.endsWith('D')) return addDays(date, count);
  if (period.endsWith('W')) return addDays(date, 7 * count);
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  const lastDay = new Date(Date.UTC(year, month - 1 + count + 1, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + count, Math.min(day, lastDay))).toISOString().slice(0, 10);
};

const zoneOf = (name: string): IANAZone => {
  const zone = IANAZone.create(name);
  if (!zone.isValid) throw new RangeError(`not an IANA time zone: ${JSON.stringify(name)}`);
  return zone;
};

/**
 * The instant at which the wall clock of `zone` shows this date and time (X9, Q23): in an overlap the first occurrence,
 * in a gap the first valid instant after it. Throws `RangeError` for an unknown zone.
 */
export const wallClockToInstant = (date: CivilDate, time: TimeOfDay, zone: string): Instant => {
  const rules = zoneOf(zone);
  const wall = Date.parse(`${date}T${time}:00Z`);
  const offsetAt = (millis: number): number => rules.offset(millis) * MINUTE;
  const candidates = [offsetAt(wall - DAY), offsetAt(wall + DAY)].map((offset) => wall - offset);
  const matching = candidates.filter((millis) => millis + offsetAt(millis) === wall);
  if (matching.length > 0) return instant(Math.min(...matching));
  return instant(firstAfterGap(Math.min(...candidates) - DAY, Math.max(...candidates) + DAY, wall, offsetAt));
};

/** Bisects for the first instant whose wall clock is past `wall`: local time jumps there. */
const firstAfterGap = (from: number, to: number, wall: number, offsetAt: (millis: number) => number): number => {
  let [low, high] = [from, to];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (middle + offsetAt(middle) > wall) high = middle;
    else low = middle;
  }
  return high;
};

/** What the wall clock of `zone` shows at `at`. */
export const localAt = (at: Instant, zone: string): LocalDateTime => {
  const millis = toMillis(at);
  return new Date(millis + zoneOf(zone).offset(millis) * MINUTE).toISOString().slice(0, 19) as LocalDateTime;
};

import { addDays, addMillis, type Instant, instant, localAt, toMillis, wallClockToInstant } from '@managed-os/kernel';
import type { Mac, WeeklyHours } from './fleet.js';

interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** The stretches that end after `at`, in order, without end. */
function* stretches(hours: WeeklyHours, zone: string, at: Instant): Generator<Stretch> {
  const overMidnight = hours.to < hours.from;
  for (let date = addDays(localAt(at, zone).slice(0, 10), -1); ; date = addDays(date, 1)) {
    if (!hours.days.includes(new Date(Date.parse(date)).getUTCDay() || 7)) continue;
    const from = toMillis(wallClockToInstant(date, hours.from, zone));
    const to = toMillis(wallClockToInstant(overMidnight ? addDays(date, 1) : date, hours.to, zone));
    if (to > from && to > toMillis(at)) yield { from, to };
  }
}

export const isWithin = (hours: WeeklyHours, zone: string, at: Instant): boolean => {
  for (const { from } of stretches(hours, zone, at)) return from <= toMillis(at);
  return false;
};

/** `at` itself when the Mac is awake then, otherwise the moment it next wakes. */
export const awakeFrom = (mac: Mac, at: Instant): Instant => {
  if (mac.awake === 'always') return at;
  for (const { from } of stretches(mac.awake, mac.zone, at)) return instant(Math.max(from, toMillis(at)));
  return at;
};

export const isAwake = (mac: Mac, at: Instant): boolean => awakeFrom(mac, at) === at;

/** When the Mac will have been awake for so many milliseconds since `at`. */
export const afterAwake = (mac: Mac, at: Instant, millis: number): Instant => {
  if (mac.awake === 'always') return addMillis(at, millis);
  let left = millis;
  for (const { from, to } of stretches(mac.awake, mac.zone, at)) {
    const start = Math.max(from, toMillis(at));
    if (to - start > left) return instant(start + left);
    left -= to - start;
  }
  return at;
};

/** For how long it was awake between two instants. */
export const awakeMillis = (mac: Mac, begin: Instant, end: Instant): number => {
  const [first, last] = [toMillis(begin), toMillis(end)];
  if (mac.awake === 'always') return Math.max(0, last - first);
  let sum = 0;
  for (const { from, to } of stretches(mac.awake, mac.zone, begin)) {
    if (from >= last) break;
    sum += Math.min(to, last) - Math.max(from, first);
  }
  return sum;
};

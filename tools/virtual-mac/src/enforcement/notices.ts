import { addMillis, type Instant, millisBetween, toMillis } from '@managed-os/kernel';
import { awakeFrom } from '../awake.js';
import type { Mac } from '../fleet.js';

/**
 * When macOS tells its user of an enforced update: once a day, hourly from a day before, and in the last hour at 60, 30, 10 and
 * 1 minutes. Apple documents only that `Notifications: false` leaves those of the last hour; the rest is hearsay (trap 39).
 */

const MINUTE = 60_000;
const HOUR = 60;
const DAY = 24 * HOUR;
const LAST_HOUR = [60, 30, 10, 1];

/** The first notice after `after`, when the Mac is awake to show it; `null`: none before the restart. */
export const noticeAfter = (mac: Mac, attemptAt: Instant, after: Instant, isQuiet: boolean): Instant | null => {
  const before = stepBelow(millisBetween(after, attemptAt) / MINUTE, isQuiet);
  if (before === undefined) return null;
  const shown = awakeFrom(mac, addMillis(attemptAt, -before * MINUTE));
  return toMillis(shown) < toMillis(attemptAt) ? shown : null;
};

/** The next step, in minutes before the restart, when so many minutes are left. */
const stepBelow = (left: number, isQuiet: boolean): number | undefined => {
  const multiple = (unit: number): number => Math.ceil(left / unit - 1) * unit;
  if (!isQuiet && left > DAY) return Math.max(multiple(DAY), DAY);
  if (!isQuiet && left > HOUR) return Math.max(multiple(HOUR), HOUR);
  return LAST_HOUR.find((step) => step < left);
};

import { addMillis, type Instant } from '@managed-os/kernel';

const FIRST = 10_000;
const LONGEST = 600_000;

/** One failure more, and when the next try is: after 10 seconds, then twice as long each time, up to 10 minutes. */
export const retryAfter = (
  failures: number,
  at: Instant,
): { readonly failures: number; readonly retryAt: Instant } => ({
  failures: failures + 1,
  retryAt: addMillis(at, Math.min(FIRST * 2 ** Math.min(failures, 10), LONGEST)),
});

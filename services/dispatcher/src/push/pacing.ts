import { addMillis, type Instant } from '@managed-os/kernel';

const MINUTE = 60_000;
const FIRST = 10 * MINUTE;
const LONGEST = 6 * 60 * MINUTE;

/**
 * When a Mac is woken again for the same commands: 10 minutes after the first push, then twice as long each time, at
 * most 6 hours. `attempts`: pushes since it last connected, this one included.
 */
export const nextPush = (now: Instant, attempts: number): Instant =>
  addMillis(now, Math.min(LONGEST, FIRST * 2 ** Math.min(20, Math.max(0, attempts - 1))));

/** The Mac has it and may have lost it. */
export const wakeAfterSending = (now: Instant): Instant => addMillis(now, FIRST);

/** The Mac comes back by itself when it can; this is for the case that it forgets. */
export const wakeAfterNotNow = (now: Instant): Instant => addMillis(now, LONGEST);

/** A push did not get through: the service's trouble, not the Mac's. `patience`: what the service asked for, if it did. */
export const wakeAfterFailure = (now: Instant, patience = 0): Instant => addMillis(now, Math.max(MINUTE, patience));

import { type Instant, millisBetween } from '@managed-os/kernel';

const DAY = 86_400_000;
/** When it is told that a certificate runs out, in whole days that are left. */
const TOLD_AT = [0, 1, 7, 30] as const;

/** How long a certificate is good for. `told`: the last of the marks that was reached; `undefined` before the first. */
export const expiryOf = (
  expiresAt: Instant,
  now: Instant,
): { readonly daysLeft: number; readonly told: (typeof TOLD_AT)[number] | undefined } => {
  const daysLeft = Math.max(0, Math.floor(millisBetween(now, expiresAt) / DAY));
  return { daysLeft, told: TOLD_AT.find((days) => daysLeft <= days) };
};

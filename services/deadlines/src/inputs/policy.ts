import type { Enforcement, PolicyClock } from '@managed-os/enforcement';
import { isZone, type Period, PERIODS } from '@managed-os/kernel';
import type { Policy } from '../tables.js';

const isPeriod = (text: string | undefined): text is Period =>
  (PERIODS as readonly (string | undefined)[]).includes(text);

const clockOf = ({ zone, deviceLocal }: Policy & object): PolicyClock | undefined =>
  deviceLocal ? { deviceLocal: true } : zone !== undefined && isZone(zone) ? { zone } : undefined;

/** An enforcement as the rules take it; `undefined` for one that this version does not understand, which enforces nothing. */
export const enforcementOf = (policy: Policy & object): Enforcement | undefined => {
  const { mode, window, minimumVersion, deadlineDate, time } = policy;
  const clock = clockOf(policy);
  if (mode === 'do_not_manage') return { mode };
  if (time === undefined || !clock) return undefined;
  if (mode === 'automatic' && isPeriod(window)) return { mode, window, time, clock };
  if (mode === 'manual' && minimumVersion !== undefined && deadlineDate !== undefined)
    return { mode, minimumVersion, deadlineDate, time, clock };
  return undefined;
};

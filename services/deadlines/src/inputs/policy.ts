import type { Enforcement, PolicyClock, WindowException } from '@managed-os/enforcement';
import { isSpan, isZone, type Period, PERIODS } from '@managed-os/kernel';
import type { Policy } from '../tables.js';

const isPeriod = (text: string | undefined): text is Period =>
  (PERIODS as readonly (string | undefined)[]).includes(text);

const clockOf = ({ zone, deviceLocal }: Policy & object): PolicyClock | undefined =>
  deviceLocal ? { deviceLocal: true } : zone !== undefined && isZone(zone) ? { zone } : undefined;

/** What is known of single releases of the item's major. */
export interface Exceptions {
  readonly overrides: readonly { readonly version: string; readonly span: string }[];
  readonly exploited: readonly { readonly version: string; readonly cves: readonly string[] }[];
}

/** An enforcement as the rules take it; `undefined` for one that this version does not understand, which enforces nothing. */
export const enforcementOf = (policy: Policy & object, exceptions: Exceptions): Enforcement | undefined => {
  const { mode, window, minimumVersion, deadlineDate, time } = policy;
  const clock = clockOf(policy);
  if (mode === 'do_not_manage') return { mode };
  if (time === undefined || !clock) return undefined;
  if (mode === 'automatic' && isPeriod(window))
    return { mode, window, time, clock, exceptions: exceptionsOf(policy, exceptions) };
  if (mode === 'manual' && minimumVersion !== undefined && deadlineDate !== undefined)
    return { mode, minimumVersion, deadlineDate, time, clock };
  return undefined;
};

/** What an admin says of a release counts before what its vulnerabilities say (Q40, X13). */
const exceptionsOf = (
  { exploitedWindow }: Policy & object,
  { overrides, exploited }: Exceptions,
): readonly WindowException[] => {
  const cvesOf = (version: string) => exploited.find((release) => release.version === version)?.cves ?? [];
  const byAdmin = overrides.flatMap(({ version, span }): readonly WindowException[] =>
    isSpan(span) ? [{ version, window: span, because: 'override', cves: cvesOf(version) }] : [],
  );
  if (!isPeriod(exploitedWindow)) return byAdmin;
  const others = exploited.filter(({ version }) => !byAdmin.some((exception) => exception.version === version));
  return [
    ...byAdmin,
    ...others.map(({ version, cves }) => ({ version, window: exploitedWindow, because: 'exploited' as const, cves })),
  ];
};

import type { Fact } from '@managed-os/contracts';

/** A version enforcement as events carry it: only the fields of its mode. */
export type Enforcement = NonNullable<Fact<'EnforcementConfigured'>['enforcement']>;

/** The three options of the configuration page (S57). */
export const MODES = ['do_not_manage', 'automatic', 'manual'] as const;

/** Whose clock the time of day is read from: a zone's (S67), or each Mac's own (X9). */
export type EnforcementClock = { readonly zone: string } | { readonly deviceLocal: true };

/** A version enforcement as the API shows it. */
export type EnforcementView = Omit<Enforcement, 'zone' | 'deviceLocal'> & { readonly clock?: EnforcementClock };

export const viewOf = ({ zone, deviceLocal, ...rest }: Enforcement): EnforcementView => {
  if (deviceLocal) return { ...rest, clock: { deviceLocal } };
  return zone === undefined ? rest : { ...rest, clock: { zone } };
};

export const sameEnforcement = (a: Enforcement | null, b: Enforcement): boolean =>
  a !== null &&
  a.mode === b.mode &&
  a.window === b.window &&
  a.exploitedWindow === b.exploitedWindow &&
  a.minimumVersion === b.minimumVersion &&
  a.deadlineDate === b.deadlineDate &&
  a.time === b.time &&
  a.zone === b.zone &&
  a.deviceLocal === b.deviceLocal;

import type { CivilDate, OsMajor, Period, TimeOfDay } from '@managed-os/kernel';

/** Null and undefined both mean "not known". */
export type Maybe<T> = T | null | undefined;

export type Architecture = 'arm64' | 'x86_64';

/** What is known of a Mac. Unknown booleans count as true, other words for the architecture as unknown. */
export interface DeviceFacts {
  readonly architecture?: Maybe<string>;
  readonly osVersion?: Maybe<string>;
  readonly osBuild?: Maybe<string>;
  readonly softwareUpdateDeviceId?: Maybe<string>;
  readonly supervised?: Maybe<boolean>;
  readonly mdmEnrolled?: Maybe<boolean>;
  readonly agentInstalled?: Maybe<boolean>;
  readonly bootstrapTokenEscrowed?: Maybe<boolean>;
  readonly timeZone?: Maybe<string>;
}

/** Whose wall clock the time of enforcement is read on (S67, X9). */
export type PolicyClock = { readonly zone: string } | { readonly deviceLocal: true };

export interface Automatic {
  readonly mode: 'automatic';
  readonly window: Period;
  readonly time: TimeOfDay;
  readonly clock: PolicyClock;
}

export interface Manual {
  readonly mode: 'manual';
  readonly minimumVersion: string;
  readonly deadlineDate: CivilDate;
  readonly time: TimeOfDay;
  readonly clock: PolicyClock;
}

/** Exactly three options (S57 to S60). */
export type Enforcement = { readonly mode: 'do_not_manage' } | Automatic | Manual;

export interface Item {
  readonly os: OsMajor;
  readonly enforcement: Enforcement;
}

/** One entry of the catalogue: a build of a version. */
export interface Release {
  readonly version: string;
  readonly build?: Maybe<string>;
  readonly released: CivilDate;
  /** `major`, `minor`, `patch`, `supplemental`, `rsr`, `bsi`. Absent: a release like others. */
  readonly kind?: Maybe<string>;
  /** Absent: every Mac. */
  readonly supportedDevices?: Maybe<readonly string[]>;
  /** Absent: there is one. */
  readonly installer?: Maybe<boolean>;
  /** Absent: there is one. */
  readonly comboPackage?: Maybe<boolean>;
}

export interface Settings {
  /** Off by default (Q16). */
  readonly rescueWithFullInstaller?: Maybe<boolean>;
  /** On by default (Q3). */
  readonly twoStepUpgrade?: Maybe<boolean>;
  /** Days between notify-from and the deadline; 5 by default (S48). */
  readonly notificationDays?: Maybe<number>;
}

export interface PlanInput {
  /** Sets the phase and nothing else. */
  readonly now: string;
  readonly device: DeviceFacts;
  readonly item: Item;
  /** Taken as immutable: what is derived from one array is derived once. */
  readonly releases: readonly Release[];
  readonly settings?: Maybe<Settings>;
}

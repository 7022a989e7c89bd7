import type { Architecture, Settings } from './plan-input.js';

/** The ways a version gets onto a Mac. */
export type Mechanism =
  | 'ddm_enforcement'
  | 'mdm_download_install'
  | 'mdm_install_asap'
  | 'softwareupdate_cli'
  | 'combo_package'
  | 'startosinstall';

export type IncompatibleReason =
  | 'hardware_unsupported'
  | 'bootstrap_token_updates_broken'
  | 'os_too_old'
  | 'update_tools_broken'
  | 'minor_update_required_first';

export type Need = 'enrolled' | 'supervised' | 'bootstrap_token' | 'agent';

export type BlockedReason =
  'no_intermediate_release' | 'not_enrolled' | 'not_supervised' | 'bootstrap_token_missing' | 'agent_missing';

/** What must hold of the Mac's version `v` and of the way to the item's major for a row to match; absent: anything. */
export interface Condition {
  readonly architecture?: Architecture;
  /** from ≤ v */
  readonly from?: string;
  /** v < below */
  readonly below?: string;
  /** `minor`: the item's major is v's own (S42); `major`: it is a later one (S43). */
  readonly change?: 'minor' | 'major';
  /** The item's major is this one or a later one. */
  readonly itemFrom?: string;
  readonly setting?: { readonly name: 'rescueWithFullInstaller' | 'twoStepUpgrade'; readonly is: boolean };
}

export type Outcome =
  | { readonly incompatible: IncompatibleReason }
  | {
      readonly mechanism: Mechanism;
      /** Before the item's major, the newest release of this major, which must be `atLeast`. */
      readonly first?: { readonly within: string; readonly atLeast: string };
    };

export interface Row {
  /** The number in the specification's section 3. */
  readonly row: string;
  readonly when: Condition;
  readonly then: Outcome;
}

/**
 * Section 3 of the specification, rows 4 to 16, in the order of section 6; the first row that matches decides.
 * Architecture and version say whether a Mac can be managed (S5) and, with the kind of change, by which mechanism (S6);
 * one that cannot is incompatible and not failed (S7). Apple silicon is upgraded by MDM commands from 11.5 on (S8, S9:
 * row 10, through row 11 from 11.4); every Mac on 11.4 or later gets minor updates by them (S18: rows 9 and 16).
 */
export const DECISION_TABLE: readonly Row[] = [
  { row: '4', when: { architecture: 'x86_64', itemFrom: '27' }, then: { incompatible: 'hardware_unsupported' } },
  {
    row: '5',
    when: { architecture: 'arm64', below: '11.4' },
    then: { incompatible: 'bootstrap_token_updates_broken' },
  },
  { row: '6', when: { architecture: 'x86_64', below: '10.13' }, then: { incompatible: 'os_too_old' } },
  {
    row: '7',
    when: {
      architecture: 'x86_64',
      from: '11.0',
      below: '11.2',
      setting: { name: 'rescueWithFullInstaller', is: false },
    },
    then: { incompatible: 'update_tools_broken' },
  },
  {
    row: '11',
    when: {
      architecture: 'arm64',
      from: '11.4',
      below: '11.5',
      change: 'major',
      setting: { name: 'twoStepUpgrade', is: false },
    },
    then: { incompatible: 'minor_update_required_first' },
  },
  {
    row: '7b',
    when: {
      architecture: 'x86_64',
      from: '11.0',
      below: '11.2',
      setting: { name: 'rescueWithFullInstaller', is: true },
    },
    then: { mechanism: 'startosinstall' },
  },
  { row: '8', when: { from: '14' }, then: { mechanism: 'ddm_enforcement' } },
  {
    row: '9',
    when: { architecture: 'arm64', from: '11.4', below: '14', change: 'minor' },
    then: { mechanism: 'mdm_download_install' },
  },
  {
    row: '10',
    when: { architecture: 'arm64', from: '11.5', below: '14', change: 'major' },
    then: { mechanism: 'mdm_install_asap' },
  },
  {
    row: '11',
    when: { architecture: 'arm64', from: '11.4', below: '11.5', change: 'major' },
    then: { mechanism: 'mdm_download_install', first: { within: '11', atLeast: '11.5' } },
  },
  {
    row: '12',
    when: { architecture: 'x86_64', from: '10.13', below: '11', change: 'minor' },
    then: { mechanism: 'combo_package' },
  },
  {
    row: '13',
    when: { architecture: 'x86_64', from: '10.13', below: '11', change: 'major' },
    then: { mechanism: 'startosinstall' },
  },
  {
    row: '14',
    when: { architecture: 'x86_64', from: '11.2', below: '11.4', change: 'minor' },
    then: { mechanism: 'softwareupdate_cli' },
  },
  {
    row: '15',
    when: { architecture: 'x86_64', from: '11.2', below: '14', change: 'major' },
    then: { mechanism: 'startosinstall' },
  },
  {
    row: '16',
    when: { architecture: 'x86_64', from: '11.4', below: '14', change: 'minor' },
    then: { mechanism: 'mdm_download_install' },
  },
];

export interface MechanismTraits {
  /** The product is fetched before the deadline; macOS does it by itself where this is false (S11, X1). */
  readonly preCache: boolean;
  /** Which releases can be installed this way: any, or those with such a package. */
  readonly package: 'any' | 'installer' | 'comboPackage';
  /** In the order in which a missing one is reported; a bootstrap token only on Apple silicon. */
  readonly needs: readonly Need[];
  /** Without an agent the server keeps the countdown and requests the install (section 6b). */
  readonly serverCountsDown: boolean;
}

const MDM: readonly Need[] = ['enrolled', 'supervised', 'bootstrap_token'];

export const MECHANISMS: Readonly<Record<Mechanism, MechanismTraits>> = {
  ddm_enforcement: { preCache: false, package: 'any', needs: MDM, serverCountsDown: false },
  mdm_download_install: { preCache: true, package: 'any', needs: MDM, serverCountsDown: true },
  mdm_install_asap: { preCache: false, package: 'any', needs: MDM, serverCountsDown: true },
  softwareupdate_cli: { preCache: true, package: 'any', needs: ['agent'], serverCountsDown: false },
  combo_package: { preCache: true, package: 'comboPackage', needs: ['agent'], serverCountsDown: false },
  startosinstall: { preCache: true, package: 'installer', needs: ['agent'], serverCountsDown: false },
};

export const DEFAULT_SETTINGS = {
  rescueWithFullInstaller: false,
  twoStepUpgrade: true,
  notificationDays: 5,
} as const satisfies Settings;

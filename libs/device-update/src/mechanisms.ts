import type { Phase } from './state.js';

/** How an update gets onto a Mac, as far as the order of its commands is concerned. */
export interface Way {
  /**
   * From which phase on the update is looked for on the Mac (S14). An upgrade in one action is offered all the same while
   * nothing is looked for or cached before its deadline (S13, Q6).
   */
  readonly looksFrom: Phase;
  /** It is downloaded before the install (S19); never where download and install are one action (S11, S12). */
  readonly downloads: boolean;
}

/** The ways that are MDM commands. The others are carried out elsewhere and request nothing here. */
export const WAYS: Readonly<Record<string, Way>> = {
  mdm_download_install: { looksFrom: 'prompting', downloads: true },
  mdm_install_asap: { looksFrom: 'overdue', downloads: false },
};

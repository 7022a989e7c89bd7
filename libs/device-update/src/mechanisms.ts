import type { Phase } from './state.js';

/** By commands of MDM, one after the other. */
export interface CommandWay {
  readonly by: 'commands';
  /**
   * From which phase on the update is looked for on the Mac (S14). An upgrade in one action is offered all the same while
   * nothing is looked for or cached before its deadline (S13, Q6).
   */
  readonly looksFrom: Phase;
  /** It is downloaded before the install (S19); never where download and install are one action (S11, S12). */
  readonly downloads: boolean;
  /** A Mac at this version or above is updated in another way; from macOS 27 on it knows no such command (trap 24). */
  readonly below: string;
}

/** By one declaration; macOS downloads, prompts, counts down, installs and tries again by itself (section 6b, X1). */
export interface DeclarationWay {
  readonly by: 'declaration';
  /** From which phase on it is declared (S48, S79). */
  readonly declaresFrom: Phase;
  /** Reasons that block the Mac, and that it is declared in spite of. */
  readonly inSpiteOf: readonly string[];
}

/** How an update gets onto a Mac. */
export type Way = CommandWay | DeclarationWay;

/** What is requested here. The other ways are carried out elsewhere. */
export const WAYS: Readonly<Record<string, Way>> = {
  mdm_download_install: { by: 'commands', looksFrom: 'prompting', downloads: true, below: '14' },
  mdm_install_asap: { by: 'commands', looksFrom: 'overdue', downloads: false, below: '14' },
  // Without a bootstrap token whoever owns the volume can authorise it.
  ddm_enforcement: { by: 'declaration', declaresFrom: 'prompting', inSpiteOf: ['bootstrap_token_missing'] },
};

export const commandWay = (mechanism: string | undefined): CommandWay | undefined => {
  const way = WAYS[mechanism ?? ''];
  return way?.by === 'commands' ? way : undefined;
};

export const declarationWay = (mechanism: string | undefined): DeclarationWay | undefined => {
  const way = WAYS[mechanism ?? ''];
  return way?.by === 'declaration' ? way : undefined;
};

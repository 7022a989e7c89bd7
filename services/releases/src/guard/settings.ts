import type { ReleasesConfig } from '../config.js';
import type { Threshold } from '../proposals/proposals.decider.js';

/** How much of the feed counts without a person. */
export interface GuardSettings {
  readonly answerMillis: number;
  readonly threshold: Threshold;
  /** Names the settings; kept with every decision. */
  readonly revision: string;
}

export const guardSettingsOf = (config: ReleasesConfig): GuardSettings => {
  const {
    PROPOSAL_ANSWER_MINUTES: minutes,
    PROPOSAL_THRESHOLD_PERCENT: percent,
    PROPOSAL_THRESHOLD_MACS: macs,
  } = config;
  return {
    answerMillis: minutes * 60_000,
    threshold: { percent, macs },
    revision: `answer=PT${minutes}M threshold=${percent}%,${macs}`,
  };
};

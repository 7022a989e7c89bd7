import type { Settings } from '@managed-os/enforcement';
import type { DeadlinesConfig } from './config.js';
import type { Threshold } from './preview/summary.js';

/** What decisions use besides their inputs. */
export interface DeadlinesSettings {
  readonly countdownMillis: number;
  readonly rules: Settings;
  readonly previewThreshold: Threshold;
  /** Names rules and settings; kept with every decision. Another one decides the same message anew. */
  readonly revision: string;
}

/** Counts up when the rules themselves decide otherwise than before. */
const RULES = 2;

export const settingsOf = (config: DeadlinesConfig): DeadlinesSettings => {
  const { COUNTDOWN_MINUTES, NOTIFICATION_DAYS, TWO_STEP_UPGRADE, RESCUE_WITH_FULL_INSTALLER } = config;
  return {
    countdownMillis: COUNTDOWN_MINUTES * 60_000,
    previewThreshold: { percent: config.PREVIEW_THRESHOLD_PERCENT, macs: config.PREVIEW_THRESHOLD_MACS },
    rules: {
      notificationDays: NOTIFICATION_DAYS,
      twoStepUpgrade: TWO_STEP_UPGRADE,
      rescueWithFullInstaller: RESCUE_WITH_FULL_INSTALLER,
    },
    revision: `rules=${RULES} countdown=PT${COUNTDOWN_MINUTES}M notification=P${NOTIFICATION_DAYS}D twoStep=${TWO_STEP_UPGRADE} rescue=${RESCUE_WITH_FULL_INSTALLER}`,
  };
};

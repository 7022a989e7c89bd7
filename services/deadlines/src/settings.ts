import type { Settings } from '@managed-os/enforcement';
import type { DeadlinesConfig } from './config.js';

/** What decisions use besides their inputs. */
export interface DeadlinesSettings {
  readonly countdownMillis: number;
  readonly rules: Settings;
  /** Names rules and settings; kept with every decision. Another one decides the same message anew. */
  readonly revision: string;
}

/** Counts up when the rules themselves decide otherwise than before. */
const RULES = 1;

export const settingsOf = (config: DeadlinesConfig): DeadlinesSettings => {
  const { COUNTDOWN_MINUTES, NOTIFICATION_DAYS, TWO_STEP_UPGRADE, RESCUE_WITH_FULL_INSTALLER } = config;
  return {
    countdownMillis: COUNTDOWN_MINUTES * 60_000,
    rules: {
      notificationDays: NOTIFICATION_DAYS,
      twoStepUpgrade: TWO_STEP_UPGRADE,
      rescueWithFullInstaller: RESCUE_WITH_FULL_INSTALLER,
    },
    revision: `rules=${RULES} countdown=PT${COUNTDOWN_MINUTES}M notification=P${NOTIFICATION_DAYS}D twoStep=${TWO_STEP_UPGRADE} rescue=${RESCUE_WITH_FULL_INSTALLER}`,
  };
};

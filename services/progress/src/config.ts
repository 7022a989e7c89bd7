import { DEFAULT_SETTINGS, type UpdateSettings } from '@managed-os/device-update';
import { ServiceConfig } from '@managed-os/service-host';
import { IsInt, IsNumber, Max, Min } from 'class-validator';

/** Section 8 of the specification, as far as the course of an update is concerned. */
export class ProgressConfig extends ServiceConfig {
  /** The countdown that deadlines keeps for a Mac without agent; shown as what happens next. */
  @IsInt()
  @Min(1)
  @Max(1_440)
  readonly COUNTDOWN_MINUTES: number = DEFAULT_SETTINGS.countdownMinutes;

  /** Stuck download tries in a row that count as "already cached" (S24, Q12). */
  @IsInt()
  @Min(2)
  @Max(10)
  readonly STALLED_TRIES: number = DEFAULT_SETTINGS.stalledTries;

  /** Polls without enough increase that make a try stuck (Q12). */
  @IsInt()
  @Min(1)
  @Max(100)
  readonly POLLS_WITHOUT_INCREASE: number = DEFAULT_SETTINGS.pollsWithoutIncrease;

  /** Reports without the update, after it was seen, that make a try stuck (S25, Q12). */
  @IsInt()
  @Min(1)
  @Max(100)
  readonly MISSING_REPORTS: number = DEFAULT_SETTINGS.missingReports;

  /** The share per 30 minutes below which a download is stuck and not slow (Q11). */
  @IsNumber()
  @Min(0)
  @Max(1)
  readonly SLOW_THRESHOLD: number = DEFAULT_SETTINGS.slowThreshold;

  /** First and longest pause between two polls of a download. */
  @IsInt()
  @Min(1)
  @Max(1_440)
  readonly POLL_MINUTES: number = DEFAULT_SETTINGS.pollMinutes;

  @IsInt()
  @Min(1)
  @Max(1_440)
  readonly LONGEST_POLL_MINUTES: number = DEFAULT_SETTINGS.longestPollMinutes;

  /** Without a word of the install for so long, the Mac is asked again (Q9). */
  @IsInt()
  @Min(1)
  @Max(20_160)
  readonly INSTALL_PATIENCE_MINUTES: number = DEFAULT_SETTINGS.installPatienceMinutes;
}

export const settingsOf = (config: ProgressConfig): UpdateSettings => ({
  ...DEFAULT_SETTINGS,
  countdownMinutes: config.COUNTDOWN_MINUTES,
  stalledTries: config.STALLED_TRIES,
  pollsWithoutIncrease: config.POLLS_WITHOUT_INCREASE,
  missingReports: config.MISSING_REPORTS,
  slowThreshold: config.SLOW_THRESHOLD,
  pollMinutes: config.POLL_MINUTES,
  longestPollMinutes: config.LONGEST_POLL_MINUTES,
  installPatienceMinutes: config.INSTALL_PATIENCE_MINUTES,
});

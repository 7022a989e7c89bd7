import { PreviewConfig } from '@managed-os/service-host';
import { IsBoolean, IsInt, Max, Min } from 'class-validator';

/** Section 8 of the specification, as far as policy is concerned. */
export class DeadlinesConfig extends PreviewConfig {
  /** How long a Mac without agent is given after its deadline (S89). */
  @IsInt()
  @Min(1)
  @Max(1_440)
  readonly COUNTDOWN_MINUTES: number = 30;

  /** Prompting and caching begin so many days before the deadline (S48, S66). */
  @IsInt()
  @Min(0)
  @Max(60)
  readonly NOTIFICATION_DAYS: number = 5;

  /** Apple silicon on 11.4 goes to a later major over the newest 11 (Q3); off: it is incompatible. */
  @IsBoolean()
  readonly TWO_STEP_UPGRADE: boolean = true;

  /** Intel on 11.0 to 11.1 is upgraded by a full installer (Q16); off: it is incompatible. */
  @IsBoolean()
  readonly RESCUE_WITH_FULL_INSTALLER: boolean = false;

  /** A change that affects more than so many of the Macs that are managed is large: saving it must be confirmed (X4). */
  @IsInt()
  @Min(0)
  @Max(100)
  readonly PREVIEW_THRESHOLD_PERCENT: number = 10;

  /** So is one that affects more Macs than this. */
  @IsInt()
  @Min(0)
  readonly PREVIEW_THRESHOLD_MACS: number = 25;
}

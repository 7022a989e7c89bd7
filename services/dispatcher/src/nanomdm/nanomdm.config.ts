import { IsIn, Matches, MinLength, ValidateIf } from 'class-validator';
import { EnrollmentConfig } from '../enrollment/enrollment.config.js';

/** Beside NanoMDM every one of its settings is needed; without it none is looked at here, and `doorsOf` refuses them. */
const isBeside = ({ DISPATCHER_MODE }: NanomdmConfig): boolean => DISPATCHER_MODE === 'nanomdm';

/** Whether Macs speak to this server, or to a NanoMDM that is there already. */
export class NanomdmConfig extends EnrollmentConfig {
  @IsIn(['direct', 'nanomdm'], { message: 'DISPATCHER_MODE must be direct or nanomdm' })
  readonly DISPATCHER_MODE: 'direct' | 'nanomdm' = 'direct';

  /** Where its API is: what comes before `/v1/enqueue`. */
  @ValidateIf(isBeside)
  @Matches(/^https?:\/\/[^/?#\s]+$/, { message: 'NANOMDM_URL must be http(s)://<name>, without a path' })
  readonly NANOMDM_URL?: string;

  /** Its `-api`. */
  @ValidateIf(isBeside)
  @MinLength(1, { message: 'NANOMDM_API_KEY must be the key of its API' })
  readonly NANOMDM_API_KEY?: string;

  /** Its `-webhook-hmac-key` and `-dm-send-hmac-key`: by them we know that it is NanoMDM who speaks. */
  @ValidateIf(isBeside)
  @MinLength(16, { message: 'NANOMDM_HMAC_KEY must have 16 characters at least' })
  readonly NANOMDM_HMAC_KEY?: string;
}

import { ServiceConfig } from '@managed-os/service-host';
import { IsInt, IsOptional, IsString, Matches, Max, Min, MinLength, ValidateIf } from 'class-validator';

/** Where releases come from, and how far Apple's feed is trusted (X14). */
export class ReleasesConfig extends ServiceConfig {
  /** `off`: the compiled catalogue alone. `pmv`: Apple's service, once a day. `files:<folder>`: captures of it. */
  @Matches(/^(off|pmv|files:.+)$/, { message: 'RELEASE_FEED must be off, pmv or files:<folder>' })
  readonly RELEASE_FEED: string = 'off';

  @Matches(/^https:\/\//, { message: 'RELEASE_FEED_URL must be an https address' })
  readonly RELEASE_FEED_URL: string = 'https://gdmf.apple.com/v2/pmv';

  /** Apple's root as a PEM file. No other certificate vouches for the feed. */
  @ValidateIf(({ RELEASE_FEED }: ReleasesConfig) => RELEASE_FEED === 'pmv')
  @IsString({ message: 'RELEASE_FEED_CA must name the PEM file of Apple’s root when RELEASE_FEED is pmv' })
  @MinLength(1)
  readonly RELEASE_FEED_CA?: string;

  /** A change that nobody has assessed by then is quarantined. */
  @IsInt()
  @Min(1)
  @Max(1_440)
  readonly PROPOSAL_ANSWER_MINUTES: number = 10;

  /** A change that touches more than this share of the Macs, and more than so many of them, is quarantined. */
  @IsInt()
  @Min(0)
  @Max(100)
  readonly PROPOSAL_THRESHOLD_PERCENT: number = 10;

  @IsInt()
  @Min(0)
  readonly PROPOSAL_THRESHOLD_MACS: number = 25;

  /** Which vulnerabilities are exploited, from SOFA's feed, version 2: `off`, its address, or `file:<path>` (X13). */
  @Matches(/^(off|https:\/\/.+|file:.+)$/, { message: 'CVE_FEED must be off, an https address or file:<path>' })
  @IsOptional()
  readonly CVE_FEED: string = 'off';
}

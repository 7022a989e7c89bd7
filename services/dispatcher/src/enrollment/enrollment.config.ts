import { IsIn, IsOptional, IsString, Matches, MinLength, ValidateIf } from 'class-validator';
import { ServiceConfig } from '@managed-os/service-host';

const HTTPS = /^https:\/\/[^/?#\s]+$/;
const VERSION = /^\d+(\.\d+){1,2}$/;

const isOffered = ({ MDM_URL }: EnrollmentConfig, value: unknown): boolean =>
  MDM_URL !== undefined || value !== undefined;

/** How Macs come to this server, and how they prove who they are. */
export class EnrollmentConfig extends ServiceConfig {
  /** By what Macs are known: the certificate that the ingress puts into a header, their signature over each message, or either. */
  @IsIn(['header', 'signature', 'both'])
  readonly MAC_IDENTITY: 'header' | 'signature' | 'both' = 'header';

  /** PEM file of the authorities that issue the Macs' certificates, intermediate ones too. */
  @ValidateIf(({ MAC_IDENTITY }: EnrollmentConfig, value) => MAC_IDENTITY !== 'header' || value !== undefined)
  @IsString({ message: 'ENROLLMENT_CA_FILE must name a PEM file when Macs are known by their signatures' })
  readonly ENROLLMENT_CA_FILE?: string;

  /** Where Macs reach this server, `https://mdm.example.org`; with it `/enroll` hands out profiles. Never changed once Macs are enrolled. */
  @IsOptional()
  @Matches(HTTPS, { message: 'MDM_URL must be https://<name>, without a path' })
  readonly MDM_URL?: string;

  /** Who knows it gets a profile: `/enroll?code=<secret>`. */
  @ValidateIf(isOffered)
  @MinLength(16, { message: 'ENROLLMENT_SECRET must have 16 characters at least' })
  readonly ENROLLMENT_SECRET?: string;

  /** The topic of the push certificate. */
  @ValidateIf(isOffered)
  @Matches(/^com\.apple\.mgmt\../, {
    message: 'ENROLLMENT_TOPIC must be the topic of the push certificate, com.apple.mgmt.…',
  })
  readonly ENROLLMENT_TOPIC?: string;

  /** Whose Macs they are, as people read it. */
  @IsOptional()
  @IsString()
  readonly ENROLLMENT_ORGANIZATION?: string;

  /** PEM file of certificates that Macs shall trust: the server's own authority, unless Apple ships it. */
  @IsOptional()
  @IsString()
  readonly ENROLLMENT_TRUST_FILE?: string;

  /** Where Macs get their certificates: a SCEP server … */
  @ValidateIf((config: EnrollmentConfig, value) => isOffered(config, value) && config.ACME_DIRECTORY_URL === undefined)
  @Matches(/^https?:\/\//, { message: 'SCEP_URL or ACME_DIRECTORY_URL must say where Macs get their certificates' })
  readonly SCEP_URL?: string;

  @IsOptional()
  @IsString()
  readonly SCEP_NAME?: string;

  @IsOptional()
  @IsString()
  readonly SCEP_CHALLENGE_PASSWORD?: string;

  /** … or an ACME server; it is told the Mac's serial number. */
  @IsOptional()
  @Matches(/^https:\/\//, { message: 'ACME_DIRECTORY_URL must be an https address' })
  readonly ACME_DIRECTORY_URL?: string;

  /** Where a key for ACME lives: in the Secure Enclave with Apple's word for it, there without, or in the keychain (RSA). */
  @IsIn(['attested', 'bound', 'keychain'])
  readonly ACME_KEY_PLACE: 'attested' | 'bound' | 'keychain' = 'attested';

  /** PEM files of the key that signs profiles, and of its certificate with those that lead to a root. */
  @IsOptional()
  @IsString()
  readonly PROFILE_KEY_FILE?: string;

  @ValidateIf(({ PROFILE_KEY_FILE }: EnrollmentConfig, value) => PROFILE_KEY_FILE !== undefined || value !== undefined)
  @IsString({ message: 'PROFILE_CERTIFICATE_FILE must name the certificate of PROFILE_KEY_FILE' })
  readonly PROFILE_CERTIFICATE_FILE?: string;

  /** PEM file of Apple's authority of devices; with it only they get a profile by POST. */
  @IsOptional()
  @IsString()
  readonly APPLE_DEVICE_CA_FILE?: string;

  /** What a Mac of Automated Device Enrollment has to run before it enrolls, where Apple offers it to that Mac. */
  @IsOptional()
  @Matches(VERSION, { message: 'ENROLLMENT_MINIMUM_OS_VERSION must be a version, 26.6.2' })
  readonly ENROLLMENT_MINIMUM_OS_VERSION?: string;

  /** The build of it, if it has to be a certain one. */
  @IsOptional()
  @Matches(/^\d+[A-Z]\d+[a-z]?$/, { message: 'ENROLLMENT_MINIMUM_OS_BUILD must be a build, 25G83' })
  readonly ENROLLMENT_MINIMUM_OS_BUILD?: string;
}

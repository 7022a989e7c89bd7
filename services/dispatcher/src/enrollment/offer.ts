import { createHash, createPrivateKey, timingSafeEqual, type X509Certificate } from 'node:crypto';
import { writeEnrollmentProfile } from '@managed-os/apple-mdm';
import type { RealTime } from '@managed-os/kernel';
import { InvalidConfig } from '@managed-os/service-host';
import { certificatesOf } from './certificate.js';
import { signData, type Signer } from './cms/sign.js';
import type { EnrollmentConfig } from './enrollment.config.js';
import { enrollmentProfile } from './enrollment-profile.js';
import type { Minimum } from './minimum.js';

/** What `/enroll` has to give, and to whom. */
export interface Offer {
  /** Whether this is the code that opens `/enroll`. */
  opens(code: string): boolean;
  /** A `.mobileconfig`, signed when there is a key for that. Throws 400 when it needs the serial number. */
  profile(serialNumber?: string): Buffer;
  /** Whose devices may POST; without it every signature counts that holds. */
  readonly devices?: readonly X509Certificate[];
  readonly minimum?: Minimum;
}

/** `undefined` when enrollment is not offered here. Reads the files that the settings name; throws `InvalidConfig` when they do not fit. */
export const offerOf = (
  config: EnrollmentConfig,
  read: (file: string) => string,
  real: RealTime,
): Offer | undefined => {
  const { MDM_URL, ENROLLMENT_TOPIC, ENROLLMENT_SECRET, ENROLLMENT_MINIMUM_OS_VERSION: version } = config;
  if (MDM_URL === undefined || ENROLLMENT_TOPIC === undefined || ENROLLMENT_SECRET === undefined) return undefined;
  if (config.SCEP_URL !== undefined && config.ACME_DIRECTORY_URL !== undefined) {
    throw new InvalidConfig(['SCEP_URL and ACME_DIRECTORY_URL: Macs get their certificates from one of them']);
  }
  const certificatesIn = (file: string | undefined) => (file === undefined ? undefined : certificatesOf(read(file)));
  const trusted = certificatesIn(config.ENROLLMENT_TRUST_FILE) ?? [];
  const devices = certificatesIn(config.APPLE_DEVICE_CA_FILE);
  const signer = signerOf(config, read);
  const build = config.ENROLLMENT_MINIMUM_OS_BUILD;
  const settings = { ...config, MDM_URL, ENROLLMENT_TOPIC };
  return {
    opens: (code) => timingSafeEqual(sha256(code), sha256(ENROLLMENT_SECRET)),
    profile(serialNumber) {
      const profile = Buffer.from(writeEnrollmentProfile(enrollmentProfile(settings, trusted, serialNumber)));
      return signer ? signData(profile, signer, real.now()) : profile;
    },
    ...(devices && { devices }),
    ...(version !== undefined && { minimum: { version, ...(build !== undefined && { build }) } }),
  };
};

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

const signerOf = (
  { PROFILE_KEY_FILE: keyFile, PROFILE_CERTIFICATE_FILE: certificateFile }: EnrollmentConfig,
  read: (file: string) => string,
): Signer | undefined => {
  if (keyFile === undefined || certificateFile === undefined) return undefined;
  const [key, chain] = [createPrivateKey(read(keyFile)), certificatesOf(read(certificateFile))];
  if (!chain[0].checkPrivateKey(key)) {
    throw new InvalidConfig(['PROFILE_CERTIFICATE_FILE does not begin with the certificate of PROFILE_KEY_FILE']);
  }
  return { key, chain };
};

import type { X509Certificate } from 'node:crypto';
import {
  type AcmeKey,
  type CertificatePayload,
  type EnrollmentProfile,
  type Identity,
  LEAST_ACCESS,
} from '@managed-os/apple-mdm';
import { present, reactionId } from '@managed-os/kernel';
import { Problem } from '@managed-os/service-host';
import type { EnrollmentConfig } from './enrollment.config.js';

/** What the profile needs of the settings. */
export type ProfileSettings = Pick<
  EnrollmentConfig,
  | 'MAC_IDENTITY'
  | 'ENROLLMENT_ORGANIZATION'
  | 'SCEP_URL'
  | 'SCEP_NAME'
  | 'SCEP_CHALLENGE_PASSWORD'
  | 'ACME_DIRECTORY_URL'
  | 'ACME_KEY_PLACE'
> & { readonly MDM_URL: string; readonly ENROLLMENT_TOPIC: string };

const KEYS: Readonly<Record<EnrollmentConfig['ACME_KEY_PLACE'], AcmeKey>> = {
  attested: { type: 'secure-enclave', size: 384, attest: true },
  bound: { type: 'secure-enclave', size: 384, attest: false },
  keychain: { type: 'rsa', size: 2048 },
};

/**
 * The profile that enrolls a Mac here, always with the same identifiers: a profile fetched again takes the place of the
 * one before. Throws 400 when the serial number is needed and not known.
 */
export const enrollmentProfile = (
  settings: ProfileSettings,
  trusted: readonly X509Certificate[],
  serialNumber: string | undefined,
): EnrollmentProfile => {
  const { MDM_URL, ENROLLMENT_TOPIC, ENROLLMENT_ORGANIZATION: organization, MAC_IDENTITY } = settings;
  const identifier = [...new URL(MDM_URL).hostname.split('.').toReversed(), 'enrollment'].join('.');
  const uuidOf = (part: string): string => reactionId('enrollment', identifier, part);
  return {
    identifier,
    uuid: uuidOf('profile'),
    displayName: 'Managed OS',
    ...present({ organization }),
    description: 'Keeps macOS on this Mac up to date.',
    mdm: {
      uuid: uuidOf('mdm'),
      serverUrl: `${MDM_URL}/mdm/connect`,
      checkInUrl: `${MDM_URL}/mdm/checkin`,
      topic: ENROLLMENT_TOPIC,
      accessRights: LEAST_ACCESS,
      signMessage: MAC_IDENTITY !== 'header',
      promptForBootstrapToken: true,
    },
    identity: identityPayload(settings, uuidOf('identity'), serialNumber),
    certificates: trusted.map((certificate, index) => certificatePayload(certificate, uuidOf(`certificate ${index}`))),
  };
};

/** Each Mac puts its own in (`mdmclient dumpSCEPVars`): some authorities give a name one certificate and no second. */
const OWN_SERIAL_NUMBER = '%SerialNumber%';

const identityPayload = (settings: ProfileSettings, uuid: string, serialNumber: string | undefined): Identity => {
  const { ENROLLMENT_ORGANIZATION: organization, ACME_DIRECTORY_URL: directoryUrl, SCEP_URL: url = '' } = settings;
  const subject = [
    ...(organization === undefined ? [] : [['O', organization] as const]),
    ['CN', serialNumber ?? OWN_SERIAL_NUMBER] as const,
  ];
  if (directoryUrl === undefined) {
    const { SCEP_NAME: name, SCEP_CHALLENGE_PASSWORD: challenge } = settings;
    return { kind: 'scep', uuid, url, subject, ...present({ name, challenge }), keySize: 2048 };
  }
  if (serialNumber === undefined) {
    throw new Problem(
      400,
      'serial-number-needed',
      'Say which Mac it is: add &serial=<its serial number> to the address.',
    );
  }
  return {
    kind: 'acme',
    uuid,
    directoryUrl,
    clientIdentifier: serialNumber,
    subject,
    key: KEYS[settings.ACME_KEY_PLACE],
  };
};

const certificatePayload = (certificate: X509Certificate, uuid: string): CertificatePayload => ({
  uuid,
  kind: certificate.checkIssued(certificate) ? 'root' : 'intermediate',
  der: certificate.raw,
  displayName: /^CN=(.+)$/m.exec(certificate.subject)?.[1] ?? 'Certificate',
});

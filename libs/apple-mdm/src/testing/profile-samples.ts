import type { AcmeIdentity, ScepIdentity } from '../enrollment/identity.js';
import type { EnrollmentProfile } from '../enrollment/profile.js';

const uuid = (n: number): string => `00000000-0000-4000-8000-00000000000${n}`;

export const scep: ScepIdentity = {
  kind: 'scep',
  uuid: uuid(3),
  url: 'https://ca.example.org/scep',
  name: 'example',
  subject: [
    ['O', 'Example'],
    ['CN', 'C02EXAMPLE01'],
  ],
  challenge: 'secret',
  keySize: 2048,
  caFingerprint: Uint8Array.of(9),
};

export const acme: AcmeIdentity = {
  kind: 'acme',
  uuid: uuid(4),
  directoryUrl: 'https://ca.example.org/acme/directory',
  clientIdentifier: 'C02EXAMPLE01',
  subject: [['CN', 'C02EXAMPLE01']],
  key: { type: 'secure-enclave', size: 384, attest: true },
};

/** An enrollment with everything that one can have. */
export const profile: EnrollmentProfile = {
  identifier: 'org.example.managedos',
  uuid: uuid(1),
  displayName: 'Example & Sons',
  organization: 'Example',
  description: 'Keeps this Mac up to date',
  mdm: {
    uuid: uuid(2),
    serverUrl: 'https://mdm.example.org/mdm/connect',
    checkInUrl: 'https://mdm.example.org/mdm/checkin',
    topic: 'com.apple.mgmt.External.11111111-2222-3333-4444-555555555555',
    accessRights: ['device-information', 'security'],
    signMessage: true,
    promptForBootstrapToken: true,
  },
  identity: scep,
  certificates: [
    { uuid: uuid(5), kind: 'root', der: Uint8Array.of(1, 2, 3), displayName: 'Example Root', pinned: true },
    { uuid: uuid(6), kind: 'intermediate', der: Uint8Array.of(4), displayName: 'Example Issuing' },
  ],
};

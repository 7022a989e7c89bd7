import { describe, expect, it } from '@jest/globals';
import { without } from '@managed-os/kernel';
import { parsePlist } from '../plist/parse.js';
import { dictsAt, rootDict } from '../plist/read.js';
import { dict, type PlistDict } from '../plist/value.js';
import { writePlist } from '../plist/write.js';
import { accessBits, LEAST_ACCESS } from './access-rights.js';
import { writeSoftwareUpdateRequired, writeUnrecognizedDevice } from './forbidden.js';
import type { AcmeKey } from './identity.js';
import { parseMachineInfo } from './machine-info.js';
import { type EnrollmentProfile, writeEnrollmentProfile } from './profile.js';
import { acme, profile, scep } from '../testing/profile-samples.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('what a Mac says when it asks to enroll', () => {
  const said = {
    UDID: '00006020-000A1B2C3D4E001E',
    SERIAL: 'C02EXAMPLE01',
    PRODUCT: 'Mac14,2',
    VERSION: '25G72',
  };
  const parse = (keys: Parameters<typeof dict>[0]) => parseMachineInfo(bytes(writePlist(dict(keys))));

  it('before macOS 14: who it is, and nothing that it could be told', () =>
    expect(parse(said)).toEqual({
      ok: true,
      value: {
        udid: '00006020-000A1B2C3D4E001E',
        serialNumber: 'C02EXAMPLE01',
        model: 'Mac14,2',
        buildVersion: '25G72',
        canBeToldToUpdate: false,
        keys: dict(said),
      },
    }));

  it('from macOS 14 on: its version, its id in the feed, and whether it can be told to update', () =>
    expect(
      parse({
        ...said,
        OS_VERSION: '26.6',
        SUPPLEMENTAL_BUILD_VERSION: '25G72a',
        SUPPLEMENTAL_OS_VERSION_EXTRA: '(a)',
        SOFTWARE_UPDATE_DEVICE_ID: 'J413AP',
        MDM_CAN_REQUEST_SOFTWARE_UPDATE: true,
        LANGUAGE: 'en',
        NOVELTY: 1n,
      }),
    ).toMatchObject({
      value: {
        osVersion: '26.6',
        supplementalBuildVersion: '25G72a',
        supplementalVersionExtra: 'a',
        softwareUpdateDeviceId: 'J413AP',
        canBeToldToUpdate: true,
        language: 'en',
      },
    }));

  it('a wish to update that is no boolean is none', () =>
    expect(parse({ ...said, MDM_CAN_REQUEST_SOFTWARE_UPDATE: 'true' })).toMatchObject({
      value: { canBeToldToUpdate: false },
    }));

  it.each(['UDID', 'SERIAL', 'PRODUCT', 'VERSION'])('is refused without %s', (key) =>
    expect(parse({ ...said, [key]: undefined })).toMatchObject({
      ok: false,
      refusal: { code: 'missing-key', path: `/${key}` },
    }),
  );

  it('is refused when it is no dictionary, or nothing at all', () => {
    expect(parseMachineInfo(bytes(writePlist([])))).toMatchObject({ refusal: { code: 'wrong-type' } });
    expect(parseMachineInfo(new Uint8Array())).toMatchObject({ ok: false });
  });
});

describe('how a Mac is sent away', () => {
  it('to update first', () =>
    expect(
      JSON.parse(
        writeSoftwareUpdateRequired({
          osVersion: '26.6.2',
          buildVersion: '25G83',
          betaProgram: { description: 'macOS 27', token: 'T' },
          message: 'Please wait',
        }),
      ),
    ).toEqual({
      code: 'com.apple.softwareupdate.required',
      description: 'macOS 26.6.2 is required to enroll',
      message: 'Please wait',
      details: {
        OSVersion: '26.6.2',
        BuildVersion: '25G83',
        RequireBetaProgram: { Description: 'macOS 27', Token: 'T' },
      },
    }));

  it('with the version alone', () =>
    expect(JSON.parse(writeSoftwareUpdateRequired({ osVersion: '26.6.2' }))).toMatchObject({
      details: { OSVersion: '26.6.2' },
    }));

  it('for good', () =>
    expect(JSON.parse(writeUnrecognizedDevice())).toMatchObject({ code: 'com.apple.unrecognized.device' }));
});

describe('the enrollment profile', () => {
  const read = (text: string): PlistDict => {
    const parsed = parsePlist(bytes(text));
    if (!parsed.ok) throw new Error(parsed.refusal.detail);
    return rootDict(parsed.value);
  };
  const payloads = (of: EnrollmentProfile) => dictsAt(read(writeEnrollmentProfile(of)), 'PayloadContent');
  const payload = (type: string, of: EnrollmentProfile = profile) =>
    Object.fromEntries(payloads(of).find((keys) => keys.get('PayloadType') === type) ?? []);

  it('is a configuration for the whole Mac, with certificates, identity and MDM', () => {
    const { PayloadContent: content, ...head } = Object.fromEntries(read(writeEnrollmentProfile(profile)));
    expect(head).toEqual({
      PayloadType: 'Configuration',
      PayloadVersion: 1n,
      PayloadIdentifier: 'org.example.managedos',
      PayloadUUID: profile.uuid,
      PayloadDisplayName: 'Example & Sons',
      PayloadOrganization: 'Example',
      PayloadDescription: 'Keeps this Mac up to date',
      PayloadScope: 'System',
    });
    expect(content).toHaveLength(4);
    expect(payloads(profile).map((keys) => keys.get('PayloadIdentifier'))).toEqual([
      'org.example.managedos.certificate.1',
      'org.example.managedos.certificate.2',
      'org.example.managedos.identity',
      'org.example.managedos.mdm',
    ]);
  });

  it('trap 26: says from the start that bootstrap tokens are kept here', () =>
    expect(payload('com.apple.mdm')['ServerCapabilities']).toEqual([
      'com.apple.mdm.per-user-connections',
      'com.apple.mdm.bootstraptoken',
    ]));

  it('names server, topic, identity, rights and how messages are signed', () =>
    expect(payload('com.apple.mdm')).toEqual({
      PayloadType: 'com.apple.mdm',
      PayloadVersion: 1n,
      PayloadIdentifier: 'org.example.managedos.mdm',
      PayloadUUID: profile.mdm.uuid,
      PayloadDisplayName: 'Device Management',
      ServerURL: 'https://mdm.example.org/mdm/connect',
      CheckInURL: 'https://mdm.example.org/mdm/checkin',
      Topic: 'com.apple.mgmt.External.11111111-2222-3333-4444-555555555555',
      IdentityCertificateUUID: scep.uuid,
      AccessRights: 1040n,
      ServerCapabilities: expect.any(Array),
      SignMessage: true,
      CheckOutWhenRemoved: true,
      PromptUserToAllowBootstrapTokenForAuthentication: true,
      ServerURLPinningCertificateUUIDs: [profile.certificates[0]?.uuid],
      CheckInURLPinningCertificateUUIDs: [profile.certificates[0]?.uuid],
    }));

  it('leaves out what is not asked for', () => {
    const mdm = without(profile.mdm, 'checkInUrl');
    const bare = payload('com.apple.mdm', { ...profile, mdm, certificates: [] });
    for (const key of ['CheckInURL', 'ServerURLPinningCertificateUUIDs', 'CheckInURLPinningCertificateUUIDs'])
      expect(bare).not.toHaveProperty(key);
  });

  it('certificates are roots or not', () => {
    expect(payload('com.apple.security.root')['PayloadContent']).toEqual(Uint8Array.of(1, 2, 3));
    expect(payload('com.apple.security.pkcs1')['PayloadContent']).toEqual(Uint8Array.of(4));
  });

  it('an identity by SCEP', () =>
    expect(payload('com.apple.security.scep')['PayloadContent']).toEqual(
      dict({
        URL: 'https://ca.example.org/scep',
        Name: 'example',
        Subject: [[['O', 'Example']], [['CN', 'C02EXAMPLE01']]],
        Challenge: 'secret',
        Keysize: 2048n,
        'Key Type': 'RSA',
        'Key Usage': 5n,
        CAFingerprint: Uint8Array.of(9),
        KeyIsExtractable: false,
        AllowAllAppsAccess: false,
      }),
    ));

  it.each<[AcmeKey, object]>([
    [
      { type: 'secure-enclave', size: 384, attest: true },
      { KeyType: 'ECSECPrimeRandom', KeySize: 384n, HardwareBound: true, Attest: true },
    ],
    [
      { type: 'secure-enclave', size: 256, attest: false },
      { KeyType: 'ECSECPrimeRandom', KeySize: 256n, HardwareBound: true, Attest: false },
    ],
    [
      { type: 'elliptic', size: 521 },
      { KeyType: 'ECSECPrimeRandom', KeySize: 521n, HardwareBound: false, Attest: false },
    ],
    [
      { type: 'rsa', size: 4096 },
      { KeyType: 'RSA', KeySize: 4096n, HardwareBound: false, Attest: false },
    ],
  ])('an identity by ACME: %j', (key, expected) => {
    const made = payload('com.apple.security.acme', { ...profile, identity: { ...acme, key } });
    expect(made).toMatchObject({
      DirectoryURL: 'https://ca.example.org/acme/directory',
      ClientIdentifier: 'C02EXAMPLE01',
      Subject: [[['CN', 'C02EXAMPLE01']]],
      UsageFlags: 1n,
      ExtendedKeyUsage: ['1.3.6.1.5.5.7.3.2'],
      PayloadUUID: acme.uuid,
      ...expected,
    });
    expect(payload('com.apple.mdm', { ...profile, identity: acme })['IdentityCertificateUUID']).toBe(acme.uuid);
  });

  it('is the same text for the same input', () =>
    expect(writeEnrollmentProfile(structuredClone(profile))).toBe(writeEnrollmentProfile(profile)));

  it.each<[string, Partial<EnrollmentProfile>]>([
    ['a server without TLS', { mdm: { ...profile.mdm, serverUrl: 'http://mdm.example.org' } }],
    ['a server without a name', { mdm: { ...profile.mdm, serverUrl: 'https://' } }],
    ['a check-in without TLS', { mdm: { ...profile.mdm, checkInUrl: 'mdm.example.org' } }],
    ['the topic of an app', { mdm: { ...profile.mdm, topic: 'org.example.app' } }],
    ['a topic without an end', { mdm: { ...profile.mdm, topic: 'com.apple.mgmt.' } }],
    ['no UUID', { uuid: 'profile' }],
    ['a UUID that comes twice', { uuid: profile.mdm.uuid }],
  ])('is not made with %s', (_, change) =>
    expect(() => writeEnrollmentProfile({ ...profile, ...change })).toThrow(RangeError),
  );

  it('rights are bits, and whoever manages profiles sees them', () => {
    expect(accessBits(LEAST_ACCESS)).toBe(1040n);
    expect(accessBits(['manage-profiles', 'lock', 'lock'])).toBe(7n);
    expect(accessBits(['manage-provisioning-profiles'])).toBe(192n);
    expect(accessBits(['manage-apps'])).toBe(4096n);
  });
});

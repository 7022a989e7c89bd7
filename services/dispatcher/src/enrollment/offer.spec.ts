import { describe, expect, it } from '@jest/globals';
import { InvalidConfig, parseConfig } from '@managed-os/service-host';
import { realTime } from '@managed-os/kernel';
import { DispatcherConfig } from '../config.js';
import { rsaKeys, SERVER_USE, TestAuthority } from '../testing/test-authority.js';
import { verifySignedData } from './cms/verify.js';
import { chainsTo } from './cms/chain.js';
import { offerOf } from './offer.js';

const ENV = {
  DATABASE_URL: 'postgres://localhost/mos',
  NATS_URL: 'nats://localhost',
  BOOTSTRAP_TOKEN_KEY: Buffer.alloc(32).toString('base64'),
};
const OFFERED = {
  ...ENV,
  MDM_URL: 'https://mdm.example.org',
  ENROLLMENT_SECRET: 'a secret of the tests',
  ENROLLMENT_TOPIC: 'com.apple.mgmt.External.1',
  SCEP_URL: 'https://ca.example.org/scep',
};
const authority = TestAuthority.root();
const signer = authority.issue({ name: 'signer', usage: SERVER_USE, keys: rsaKeys() });
const FILES: Readonly<Record<string, string>> = {
  ca: authority.pem,
  key: String(signer.key.export({ format: 'pem', type: 'pkcs8' })),
  certificate: `${signer.certificate.toString()}${authority.pem}`,
};
const read = (file: string): string => FILES[file] ?? '';
const offer = (env: Readonly<Record<string, string>> = OFFERED) =>
  offerOf(parseConfig(DispatcherConfig, env), read, realTime);
const text = (env: Readonly<Record<string, string>>, serial?: string) => offer(env)?.profile(serial).toString() ?? '';

describe('the settings of enrollment', () => {
  it('without an address nothing is offered', () => expect(offer(ENV)).toBeUndefined());

  it.each([
    ['an address without TLS', { MDM_URL: 'http://mdm.example.org' }, 'MDM_URL'],
    ['an address with a path', { MDM_URL: 'https://example.org/mdm' }, 'MDM_URL'],
    ['no code', { ENROLLMENT_SECRET: '' }, 'ENROLLMENT_SECRET'],
    ['a code that can be guessed', { ENROLLMENT_SECRET: 'enroll' }, 'ENROLLMENT_SECRET'],
    ['no topic', { ENROLLMENT_TOPIC: '' }, 'ENROLLMENT_TOPIC'],
    ['no authority', { SCEP_URL: '' }, 'SCEP_URL'],
    ['two authorities', { ACME_DIRECTORY_URL: 'https://ca.example.org/acme' }, 'ACME_DIRECTORY_URL'],
    ['signatures of nobody', { MAC_IDENTITY: 'signature' }, 'ENROLLMENT_CA_FILE'],
    ['a key without certificate', { PROFILE_KEY_FILE: 'key' }, 'PROFILE_CERTIFICATE_FILE'],
    ['a certificate of another key', { PROFILE_KEY_FILE: 'key', PROFILE_CERTIFICATE_FILE: 'ca' }, 'PROFILE_KEY_FILE'],
    ['a version that is none', { ENROLLMENT_MINIMUM_OS_VERSION: 'latest' }, 'ENROLLMENT_MINIMUM_OS_VERSION'],
  ])('refused at the start, by name: %s', (_, change, name) => {
    const started = () => offer({ ...OFFERED, ...change });
    expect(started).toThrow(InvalidConfig);
    expect(started).toThrow(name);
  });

  it('one code opens it', () => {
    expect(offer()?.opens(OFFERED.ENROLLMENT_SECRET)).toBe(true);
    for (const code of ['', 'a secret of the test', 'a secret of the tests ']) expect(offer()?.opens(code)).toBe(false);
  });
});

describe('the profile that is offered (section 1.2)', () => {
  it('leads to this server, with the least rights and its capabilities (trap 26)', () => {
    const profile = text(OFFERED);
    for (const part of [
      '<string>https://mdm.example.org/mdm/connect</string>',
      '<string>https://mdm.example.org/mdm/checkin</string>',
      '<string>com.apple.mgmt.External.1</string>',
      '<string>org.example.mdm.enrollment</string>',
      '<string>com.apple.mdm.bootstraptoken</string>',
      '<string>com.apple.mdm.per-user-connections</string>',
      '<integer>1040</integer>',
      '<key>SignMessage</key>',
    ])
      expect(profile).toContain(part);
    expect(profile).toMatch(/<key>SignMessage<\/key>\s*<false\/>/);
  });

  it('is the same one whenever it is fetched: it takes the place of the one before', () =>
    expect(text(OFFERED)).toBe(text(OFFERED)));

  it('has messages signed when that is what Macs are known by', () =>
    expect(text({ ...OFFERED, MAC_IDENTITY: 'both', ENROLLMENT_CA_FILE: 'ca' })).toMatch(
      /<key>SignMessage<\/key>\s*<true\/>/,
    ));

  it('sends to a SCEP server with its challenge', () => {
    const profile = text({ ...OFFERED, SCEP_CHALLENGE_PASSWORD: 'the challenge', SCEP_NAME: 'macs' }, 'C02X');
    for (const part of ['https://ca.example.org/scep', 'the challenge', 'macs', 'C02X', 'com.apple.security.scep'])
      expect(profile).toContain(`<string>${part}</string>`);
  });

  it('names each certificate by its Mac, also when a browser does not say which that is', () =>
    expect(text(OFFERED)).toContain('<string>%SerialNumber%</string>'));

  it('sends to an ACME server, which has to know which Mac it is', () => {
    const env = { ...OFFERED, SCEP_URL: '', ACME_DIRECTORY_URL: 'https://ca.example.org/acme' };
    expect(text(env, 'C02X')).toMatch(/<key>ClientIdentifier<\/key>\s*<string>C02X<\/string>/);
    expect(text(env, 'C02X')).toMatch(/<key>Attest<\/key>\s*<true\/>/);
    expect(text({ ...env, ACME_KEY_PLACE: 'keychain' }, 'C02X')).toMatch(/<key>HardwareBound<\/key>\s*<false\/>/);
    expect(() => text(env)).toThrow('serial');
  });

  it('brings the certificates that a Mac shall trust', () =>
    expect(text({ ...OFFERED, ENROLLMENT_TRUST_FILE: 'certificate' })).toMatch(
      /com\.apple\.security\.pkcs1[^]*com\.apple\.security\.root/,
    ));

  it('is signed when there is a key, and is the same within', () => {
    const signed = offer({ ...OFFERED, PROFILE_KEY_FILE: 'key', PROFILE_CERTIFICATE_FILE: 'certificate' })?.profile();
    const verified = verifySignedData(signed ?? Buffer.alloc(0));
    expect(verified.ok && Buffer.from(verified.content).toString()).toBe(text(OFFERED));
    expect(verified.ok && chainsTo(verified.signer, verified.others, [authority.certificate])).toBe(true);
  });
});

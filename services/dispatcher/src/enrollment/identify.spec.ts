import { describe, expect, it } from '@jest/globals';
import { realTime } from '@managed-os/kernel';
import { Problem } from '@managed-os/service-host';
import { rsaKeys, SERVER_USE, TestAuthority, type TestIdentity } from '../testing/test-authority.js';
import { type How, signatureOf } from '../testing/test-signature.js';
import { type IdentifyBy, identifying } from './identify.js';

const authority = TestAuthority.root();
const mac = authority.issue({ name: 'mac', keys: rsaKeys() });
const body = Buffer.from('<plist><dict/></plist>');

const shows = (by: TestIdentity) => ({ 'client-cert': `:${by.certificate.raw.toString('base64')}:` });
const signs = (by: TestIdentity, how?: How, over = body) => ({
  'mdm-signature': signatureOf(over, by, how).toString('base64'),
});

const outcome = (headers: Readonly<Record<string, string>>, how: Partial<IdentifyBy> = {}) => {
  try {
    const by = { by: 'both', header: 'client-cert', anchors: [authority.certificate], real: realTime, ...how } as const;
    return identifying(by)(headers, body).hash;
  } catch (error) {
    return error instanceof Problem ? [error.status, error.code] : error;
  }
};
const hash = (by: TestIdentity) => by.certificate.fingerprint256.replaceAll(':', '').toLowerCase();

describe('who sent a message (section 1.1)', () => {
  it.each([
    ['header', shows(mac)],
    ['both', shows(mac)],
    ['signature', signs(mac, { digest: 'sha1', attributes: false, indefinite: true })],
    ['both', signs(mac)],
    ['both', { ...shows(mac), ...signs(mac) }],
  ] as const)('known by %s', (by, headers) => expect(outcome(headers, { by })).toBe(hash(mac)));

  it.each([
    ['header', signs(mac)],
    ['signature', shows(mac)],
    ['both', {}],
    ['both', { 'client-cert': '', 'mdm-signature': '' }],
  ] as const)('what is not believed in is not looked at: by %s', (by, headers) =>
    expect(outcome(headers, { by })).toEqual([400, 'no-certificate']),
  );

  it('through an intermediate authority that comes along', () => {
    const issuing = authority.below('issuing');
    const leaf = issuing.issue({ name: 'leaf' });
    expect(outcome(signs(leaf, { others: [issuing] }))).toBe(hash(leaf));
    expect(outcome(signs(leaf))).toEqual([403, 'unknown-authority']);
  });

  it.each([
    ['two identities', { ...shows(authority.issue({ name: 'other' })), ...signs(mac) }, 403, 'conflicting-identities'],
    [
      'a certificate beside a signature that is none',
      { ...shows(mac), 'mdm-signature': 'AAAA' },
      400,
      'malformed-signature',
    ],
    ['no Base64', { 'mdm-signature': '<cms>' }, 400, 'malformed-signature'],
    ['over another message', signs(mac, {}, Buffer.from('other')), 403, 'wrong-signature'],
    ['of a stranger', signs(TestAuthority.root().issue({ name: 'mac' })), 403, 'unknown-authority'],
    ['of a server', signs(authority.issue({ name: 'server', usage: SERVER_USE })), 403, 'unknown-authority'],
    ['of the authority itself', signs(authority), 403, 'unknown-authority'],
    ['expired', signs(authority.issue({ name: 'old', to: '2021-01-01T00:00:00' })), 403, 'certificate-expired'],
    ['of tomorrow', signs(authority.issue({ name: 'new', from: '2048-01-01T00:00:00' })), 403, 'certificate-expired'],
    ['a header that is none', { 'client-cert': '!', ...signs(mac) }, 400, 'malformed-certificate'],
  ])('refused, and never with 401 (trap 1): %s', (_, headers, status, code) =>
    expect(outcome(headers)).toEqual([status, code]),
  );

  it('nobody, when no authority is configured', () =>
    expect(outcome(signs(mac), { anchors: [] })).toEqual([403, 'unknown-authority']));
});

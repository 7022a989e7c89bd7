import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { certificateIn, certificatesOf, detailsOf, identityOf } from './certificate.js';
import { TestAuthority } from '../testing/test-authority.js';

const der = Buffer.from('a certificate');
const header = `:${der.toString('base64')}:`;

describe('the certificate header', () => {
  it('carries the DER form, whose SHA-256 is the identity', () => {
    expect(certificateIn(header)).toEqual(der);
    expect(identityOf(der).hash).toBe(createHash('sha256').update(der).digest('hex'));
  });

  it.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['no colons', der.toString('base64')],
    ['no Base64', ':a certificate:'],
    ['Base64 cut off', ':YSBjZXJ0aWZpY2F0Z:'],
    ['twice', [header, header]],
    ['two joined by the HTTP library', `${header}, ${header}`],
    ['far too long', `:${'AAAA'.repeat(10_000)}:`],
  ])('%s is no identity', (_, value) => expect(certificateIn(value)).toBeUndefined());
});

describe('a certificate', () => {
  const authority = TestAuthority.root();
  const first = authority.issue({ name: 'mac', to: '2030-06-01T12:00:00' });
  const keys = { privateKey: first.key, publicKey: first.certificate.publicKey };
  const details = ({ raw }: { readonly raw: Buffer }) => detailsOf(identityOf(raw));

  it('says when it expires, and whether it is of the same key as another', () => {
    const renewed = authority.issue({ name: 'mac', keys, to: '2031-06-01T12:00:00' });
    expect(details(first.certificate)?.until).toBe('2030-06-01T12:00:00.000Z');
    expect(details(renewed.certificate)).toEqual({
      key: details(first.certificate)?.key,
      until: '2031-06-01T12:00:00.000Z',
    });
    expect(details(authority.issue({ name: 'mac' }).certificate)?.key).not.toBe(details(first.certificate)?.key);
  });

  it('is none: any other bytes', () => expect(detailsOf(identityOf(der))).toBeUndefined());

  it('comes in files, several in one, and none is a mistake', () => {
    const pem = `# ours\n${authority.pem}\n${first.certificate.toString()}`;
    expect(certificatesOf(pem).map(({ fingerprint256 }) => fingerprint256)).toEqual([
      authority.certificate.fingerprint256,
      first.certificate.fingerprint256,
    ]);
    expect(() => certificatesOf('nothing')).toThrow(RangeError);
  });
});

import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { identityOf } from './certificate.js';

const der = Buffer.from('a certificate');
const header = `:${der.toString('base64')}:`;

describe('the certificate header', () => {
  it('is the SHA-256 of the DER form', () =>
    expect(identityOf(header)).toBe(createHash('sha256').update(der).digest('hex')));

  it.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['no colons', der.toString('base64')],
    ['no Base64', ':a certificate:'],
    ['Base64 cut off', ':YSBjZXJ0aWZpY2F0Z:'],
    ['twice', [header, header]],
    ['two joined by the HTTP library', `${header}, ${header}`],
    ['far too long', `:${'AAAA'.repeat(10_000)}:`],
  ])('%s is no identity', (_, value) => expect(identityOf(value)).toBeUndefined());
});

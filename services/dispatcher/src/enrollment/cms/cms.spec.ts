import { describe, expect, it } from '@jest/globals';
import { instant } from '@managed-os/kernel';
import { rsaKeys, SERVER_USE, TestAuthority } from '../../testing/test-authority.js';
import { type How, signatureOf } from '../../testing/test-signature.js';
import { chainsTo, isForClients, isValidAt } from './chain.js';
import { signData } from './sign.js';
import { verifySignedData } from './verify.js';

const authority = TestAuthority.root();
const mac = authority.issue({ name: 'mac' });
const rsaMac = authority.issue({ name: 'rsa mac', keys: rsaKeys() });
const body = Buffer.from('<plist><dict><key>Status</key><string>Idle</string></dict></plist>');

describe('a signature over a message (section 1.1)', () => {
  it.each<[string, How]>([
    ['with attributes', {}],
    ['over the message itself, as Macs do', { attributes: false }],
    ['with SHA-1, as Macs do', { digest: 'sha1', attributes: false }],
    ['with SHA-1 and attributes', { digest: 'sha1' }],
    ['of indefinite length, as Macs do', { indefinite: true, digest: 'sha1', attributes: false }],
    ['of indefinite length with attributes', { indefinite: true }],
    ['with other certificates beside', { others: [authority] }],
  ])('%s, elliptic and RSA', (_, how) => {
    for (const by of [mac, rsaMac]) {
      const verified = verifySignedData(signatureOf(body, by, how), body);
      expect(verified).toMatchObject({ ok: true, content: body });
      expect(verified.ok && verified.signer.fingerprint256).toBe(by.certificate.fingerprint256);
    }
  });

  it.each<[string, How]>([
    ['in one piece', { carries: true }],
    ['in pieces', { carries: true, indefinite: true }],
    ['without attributes', { carries: true, attributes: false, digest: 'sha1' }],
  ])('that carries its content, %s', (_, how) => {
    const verified = verifySignedData(signatureOf(body, mac, how));
    expect(verified.ok && Buffer.from(verified.content)).toEqual(body);
  });

  it('does not hold for any other message', () => {
    for (const attributes of [true, false]) {
      const signature = signatureOf(body, mac, { attributes });
      expect(verifySignedData(signature, Buffer.from('another'))).toEqual({ ok: false, refusal: 'wrong-signature' });
    }
  });

  it("does not hold for another key's certificate", () => {
    const forged = { key: TestAuthority.root().key, certificate: mac.certificate };
    expect(verifySignedData(signatureOf(body, forged), body)).toEqual({ ok: false, refusal: 'wrong-signature' });
  });

  it.each<[string, Buffer, Buffer | undefined]>([
    ['nothing', Buffer.alloc(0), body],
    ['text', Buffer.from('hello'), body],
    ['the certificate alone', mac.certificate.raw, body],
    ['cut off', signatureOf(body, mac).subarray(0, 200), body],
    ['nobody signed', signatureOf(body, mac, { signers: 0 }), body],
    ['two signed', signatureOf(body, mac, { signers: 2 }), body],
    ['content that is none', signatureOf(body, mac, { contentType: '1.2.840.113549.1.9.16.1.4' }), body],
    ['content twice', signatureOf(body, mac, { carries: true }), body],
    ['no content', signatureOf(body, mac), undefined],
    ['a tower', Buffer.from('3080'.repeat(100_000), 'hex'), body],
  ])('malformed: %s', (_, signature, detached) =>
    expect(verifySignedData(signature, detached)).toEqual({ ok: false, refusal: 'malformed-signature' }),
  );

  it('is total: any byte of it may be another', () => {
    const signature = signatureOf(body, mac, { indefinite: true, others: [authority] });
    for (let at = 0; at < signature.length; at += 5) {
      for (const flip of [0x01, 0x20, 0x80, 0xff]) {
        const changed = Buffer.from(signature);
        changed[at] = (changed[at] ?? 0) ^ flip;
        const verified = verifySignedData(changed, body);
        if (!verified.ok) continue;
        // The certificate itself may be changed where the signature over the message does not see it; its issuer's does.
        const [same, known] = [mac.certificate.raw.equals(verified.signer.raw), [authority.certificate]];
        expect(chainsTo(verified.signer, verified.others, known)).toBe(same);
      }
    }
  });
});

describe('what is signed here', () => {
  it.each([
    ['elliptic', mac],
    ['RSA', rsaMac],
  ])('carries its content and leads to a root: %s', (_, { key, certificate }) => {
    const signed = signData(body, { key, chain: [certificate, authority.certificate] }, instant(1_662_789_600_000));
    const verified = verifySignedData(signed);
    expect(verified).toMatchObject({ ok: true });
    if (!verified.ok) return;
    expect(Buffer.from(verified.content)).toEqual(body);
    expect(verified.signer.raw.equals(certificate.raw)).toBe(true);
    expect(chainsTo(verified.signer, verified.others, [authority.certificate])).toBe(true);
  });
});

describe('whom a certificate is of', () => {
  const issuing = authority.below('issuing');
  const leaf = issuing.issue({ name: 'leaf' });

  it('is issued by an anchor, or through those that came along', () => {
    expect(chainsTo(mac.certificate, [], [authority.certificate])).toBe(true);
    expect(chainsTo(leaf.certificate, [], [authority.certificate])).toBe(false);
    expect(chainsTo(leaf.certificate, [issuing.certificate], [authority.certificate])).toBe(true);
    expect(chainsTo(leaf.certificate, [], [issuing.certificate])).toBe(true);
  });

  it('is not: another authority of the same name, a certificate that is no authority, nobody', () => {
    expect(chainsTo(mac.certificate, [authority.certificate], [TestAuthority.root().certificate])).toBe(false);
    const leafOfMac = TestAuthority.of(mac, 'mac').issue({ name: 'leaf of a Mac' });
    expect(chainsTo(leafOfMac.certificate, [mac.certificate], [authority.certificate])).toBe(false);
    expect(chainsTo(mac.certificate, [authority.certificate], [])).toBe(false);
    expect(chainsTo(authority.certificate, [], [authority.certificate])).toBe(true);
    expect(isForClients(authority.certificate)).toBe(false);
  });

  it('has a time and a use', () => {
    const old = authority.issue({ name: 'old', to: '2021-01-01T00:00:00' }).certificate;
    expect(isValidAt(old, instant(1_662_789_600_000))).toBe(false);
    expect(isValidAt(mac.certificate, instant(1_662_789_600_000))).toBe(true);
    expect(isValidAt(mac.certificate, instant(0))).toBe(false);
    expect(isForClients(mac.certificate)).toBe(true);
    expect(isForClients(authority.issue({ name: 'server', usage: SERVER_USE }).certificate)).toBe(false);
  });
});

import { createPrivateKey } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Identity, type PushAuthority, pushAuthority } from '../testing/push-authority.js';
import { readPushCertificate } from './push-certificate.js';

const TOPIC = 'com.apple.mgmt.External.11111111-2222-3333-4444-555555555555';

let authority: PushAuthority;
let ours: Identity;
beforeAll(async () => {
  authority = await pushAuthority();
  ours = await authority.pushCertificate(TOPIC);
});

const encrypted = ({ key }: Identity): string =>
  createPrivateKey(key).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open' }).toString();

const problems = (pem: string, key: string, password?: string): readonly string[] => {
  const read = readPushCertificate(pem, key, password);
  return read.ok ? [] : read.problems;
};

describe('a push certificate', () => {
  it('says which Macs it is for and until when', () => {
    const read = readPushCertificate(ours.cert, ours.key);
    expect(read).toMatchObject({ ok: true, certificate: { topic: TOPIC, pem: ours.cert } });
    expect(read.ok && read.certificate.expiresAt).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.000Z$/);
    expect(read.ok && read.certificate.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  it('does not give its key away when it is printed', () => {
    const read = readPushCertificate(ours.cert, ours.key);
    expect(JSON.stringify(read)).not.toContain('PRIVATE');
    expect(JSON.stringify(read)).not.toContain(ours.key.split('\n')[1]);
  });

  it.each(['key first', 'certificate first'])('may be one file with its key and chain: %s', (order) => {
    const chain = [ours.cert, authority.ca];
    const file = (order === 'key first' ? [ours.key, ...chain] : [...chain, ours.key]).join('\n');
    expect(readPushCertificate(file, file)).toMatchObject({ ok: true, certificate: { topic: TOPIC } });
  });

  it('opens an encrypted key with its password, and with no other', () => {
    expect(problems(ours.cert, encrypted(ours), 'open')).toEqual([]);
    expect(problems(ours.cert, encrypted(ours), 'wrong')).toEqual([expect.stringContaining('APNS_KEY_PASSWORD')]);
    expect(problems(ours.cert, encrypted(ours))).toEqual([expect.stringContaining('APNS_KEY_PASSWORD')]);
  });

  it('that has expired is read all the same', async () => {
    const { cert, key } = await authority.pushCertificate(TOPIC, -30);
    expect(problems(cert, key)).toEqual([]);
  });

  it('that is none is refused, with everything that is wrong', async () => {
    const other = await authority.pushCertificate();
    expect(problems('nothing', 'nothing')).toEqual([
      expect.stringContaining('APNS_CERTIFICATE_FILE'),
      expect.stringContaining('APNS_KEY_FILE'),
    ]);
    expect(problems(ours.cert, other.key)).toEqual([expect.stringContaining('another certificate')]);
    const app = await authority.other(
      'CN=Apple Push Services: org.example.app, 0.9.2342.19200300.100.1.1=org.example.app',
    );
    expect(problems(app.cert, app.key)).toEqual([expect.stringContaining('com.apple.mgmt')]);
    const none = await authority.other('CN=UID=com.apple.mgmt.External.1');
    expect(problems(none.cert, ours.key)).toHaveLength(2);
  });
});

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Fixture } from '../testing/fixture.js';
import { authority } from '../testing/test-mac.js';
import { rsaKeys, TestAuthority } from '../testing/test-authority.js';

let fixture: Fixture;
beforeAll(async () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'managed-os-ca-')), 'ca.pem');
  writeFileSync(file, authority.pem);
  fixture = await Fixture.start({ MAC_IDENTITY: 'both', ENROLLMENT_CA_FILE: file });
});
afterAll(() => fixture.close());

const signingMac = () => {
  const mac = fixture.mac();
  mac.become(authority.issue({ name: mac.udid, keys: rsaKeys() }));
  mac.signs = { digest: 'sha1', attributes: false, indefinite: true };
  return mac;
};

describe('a Mac that signs its messages (section 1.1)', () => {
  it('enrolls, is bound to its certificate and answers, as one that shows it', async () => {
    const mac = signingMac();
    await mac.enroll();
    expect(await fixture.named(mac, 'DeviceEnrolled')).toMatchObject([{ again: false }]);
    mac.signs = undefined;
    expect((await mac.idle()).status).toBe(200);
    mac.become(authority.issue({ name: mac.udid }));
    mac.signs = {};
    expect((await mac.idle()).status).toBe(403);
  });

  it('is refused when somebody changed the message, signed it elsewhere or with a certificate of elsewhere', async () => {
    const mac = signingMac();
    await mac.enroll();
    const body = `<plist><dict><key>UDID</key><string>${mac.udid}</string><key>Status</key><string>Idle</string></dict></plist>`;
    const kept = await mac.put('/mdm/connect', body);
    expect(kept.status).toBe(200);
    const other = fixture.mac();
    other.become(TestAuthority.root('Authority of the Macs').issue({ name: mac.udid }));
    other.signs = {};
    expect((await other.put('/mdm/connect', body)).status).toBe(403);
    const changed = { 'mdm-signature': 'AAAA' };
    expect((await mac.put('/mdm/connect', body, changed)).status).toBe(400);
    expect((await mac.put('/mdm/checkin', body, { 'client-cert': `:${other.certificate}:` })).status).toBe(403);
  });
});

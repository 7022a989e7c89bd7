import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { createServer } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '@managed-os/event-store/testing';
import { pushAuthority, TOPIC } from '../push/testing/push-authority.js';
import { declaring } from '../testing/declaring.js';
import { commandRequested, Fixture, until } from '../testing/fixture.js';
import { string, TestMac } from '../testing/test-mac.js';

const { MDMB_BIN, SCEPSERVER_BIN } = process.env;
const [CODE, CHALLENGE] = ['a-secret-of-the-tests', 'challenge-of-the-tests'];
const run = promisify(execFile);

/** How mdmb says that there was no error among its connects. */
const GOOD = /Total MDM connects +[1-9].*\nErrors +0 \(0%\)/;

// A client of another author, as it is: mdmb with a certificate of micromdm/scep. Passed with mdmb 7cd89f1 (March 2026) and
// scepserver 9902c1a (January 2026). mdmb knows no declarations, does not check out, cannot be pushed to, and forgets what
// macOS it was made with.
const mdmbSuite = (mdmbBin: string, scepserverBin: string): void => {
  let folder: string;
  let fixture: Fixture;
  const stops: (() => unknown)[] = [];
  const file = (name: string): string => path.join(folder, name);

  const mdmb = async (...args: readonly string[]): Promise<string> => {
    const env = { ...process.env, SSL_CERT_FILE: file('tls-ca.pem') };
    const { stdout, stderr } = await run(mdmbBin, ['-db', file('mdmb.db'), ...args], { env });
    return stdout + stderr;
  };
  const connects = (mac: TestMac): Promise<string> => mdmb('-uuids', mac.udid, 'devices-connect');

  /** Makes a device, which has no profile yet. */
  const device = async (): Promise<TestMac> => {
    const said = await mdmb('devices-create');
    // It is spoken for by mdmb: this is no more than its name.
    return new TestMac(() => '', /^[0-9A-F-]{36}$/m.exec(said)?.[0] ?? said);
  };
  const installProfile = async (mac: TestMac): Promise<string> => {
    const profile = await fetch(`${fixture.service.url}/enroll?code=${CODE}`);
    await writeFile(file('enroll.mobileconfig'), await profile.text());
    return mdmb('-uuids', mac.udid, 'devices-profiles-install', '-f', file('enroll.mobileconfig'));
  };
  const enrolled = async (): Promise<TestMac> => {
    const mac = await device();
    expect(await installProfile(mac)).toBe(`${mac.udid}\n`);
    return mac;
  };

  /** As an ingress: it ends TLS, and passes on the rest as it is. */
  const startTls = async (ca: string, identity: { readonly cert: string; readonly key: string }): Promise<string> => {
    await writeFile(file('tls-ca.pem'), ca);
    const server = createServer(identity, (request, response) => {
      const { method, headers, url = '' } = request;
      const onward = httpRequest(new URL(url, fixture.service.url), { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      request.pipe(onward);
    });
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    stops.push(() => new Promise((resolve) => server.close(resolve)));
    return `https://127.0.0.1:${port}`;
  };
  const startScep = async (): Promise<string> => {
    await run(scepserverBin, ['ca', '-init', '-depot', file('depot'), '-keySize', '2048']);
    const port = await freePort();
    // It gives a name no second certificate otherwise, and a Mac that enrolls anew none.
    const renew = ['-allowrenew', '0'];
    const args = ['-depot', file('depot'), '-http-addr', `127.0.0.1:${port}`, '-challenge', CHALLENGE, ...renew];
    const server = spawn(scepserverBin, args, { stdio: 'ignore' });
    const ended = new Promise((resolve) => server.once('exit', resolve));
    stops.push(() => (server.kill(), ended));
    await until(() => isOpen(port));
    return `http://127.0.0.1:${port}/scep`;
  };

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'managed-os-mdmb-'));
    const authority = await pushAuthority();
    const [url, scep] = [await startTls(authority.ca, await authority.server()), await startScep()];
    fixture = await Fixture.start({
      MAC_IDENTITY: 'signature',
      ENROLLMENT_CA_FILE: file('depot/ca.pem'),
      MDM_URL: url,
      ENROLLMENT_SECRET: CODE,
      ENROLLMENT_TOPIC: TOPIC,
      SCEP_URL: scep,
      SCEP_CHALLENGE_PASSWORD: CHALLENGE,
    });
    stops.push(() => fixture.close());
  });
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
    await rm(folder, { recursive: true });
  });

  it('enrolls with the profile of /enroll and a certificate by SCEP, signs what it says, and is pushed to', async () => {
    const mac = await enrolled();
    expect(await fixture.named(mac, 'DeviceEnrolled')).toMatchObject([
      { udid: mac.udid, serialNumber: expect.any(String), name: expect.stringContaining('Computer'), again: false },
    ]);
    expect(await connects(mac)).toMatch(GOOD);
    await mdmb('-uuids', mac.udid, 'devices-tokenupdate', '-addl', mac.udid);
    await fixture.requested(commandRequested(mac));
    const token = Buffer.from(`fakeToken${mac.udid}`).toString('hex');
    const push = await until(() => fixture.pushes.find((one) => one.token === token));
    expect(JSON.parse(push.body)).toEqual({ mdm: `fakePushMagic${mac.udid}` });
  });

  it('answers DeviceInformation, which is told to whoever asked', async () => {
    const mac = await enrolled();
    await connects(mac);
    await fixture.requested(commandRequested(mac, { kind: 'inventory' }));
    expect(await connects(mac)).toMatch(GOOD);
    expect(await fixture.named(mac, 'CommandAnswered')).toMatchObject([
      { command: { kind: 'inventory' }, outcome: 'acknowledged' },
    ]);
  });

  it('does not know the update commands: that is told in its words, and nothing waits for it', async () => {
    const mac = await enrolled();
    await connects(mac);
    await fixture.requested(commandRequested(mac));
    await fixture.requested(commandRequested(mac, { kind: 'download', productKey: 'MSU' }));
    expect(await connects(mac)).toMatch(GOOD);
    const refused = (kind: string, name: string) => ({
      command: { kind },
      outcome: 'error',
      errors: [{ code: 12021, domain: 'MCMDMErrorDomain', description: expect.stringContaining(name) }],
    });
    expect(await fixture.named(mac, 'CommandAnswered')).toMatchObject([
      refused('scan', 'Unknown command: ScheduleOSUpdateScan'),
      refused('download', 'Unknown command: ScheduleOSUpdate'),
    ]);
    expect(await connects(mac)).not.toContain('MDM command');
  });

  it('never says which macOS it has: an enforcement by declarations waits, and its other commands go on', async () => {
    const mac = await enrolled();
    const { requested, commandsOf, offersOf } = declaring(() => fixture);
    await requested(mac);
    expect(await connects(mac)).toMatch(GOOD);
    expect([await commandsOf(mac), await offersOf(mac)]).toEqual([[], []]);
    await fixture.requested(commandRequested(mac, { kind: 'inventory' }));
    expect(await connects(mac)).toMatch(GOOD);
    expect(await fixture.named(mac, 'CommandAnswered')).toMatchObject([{ outcome: 'acknowledged' }]);
  });

  it('enrolls anew with another key when its profile was removed and installed again', async () => {
    const mac = await enrolled();
    await mdmb('-uuids', mac.udid, 'devices-profiles-remove', '-i', '1.0.0.127.enrollment');
    await installProfile(mac);
    expect((await fixture.named(mac, 'DeviceEnrolled')).map(({ again }) => again)).toEqual([false, true]);
    expect(await connects(mac)).toMatch(GOOD);
  });

  it('five at once, each some times', async () => {
    const macs: TestMac[] = [];
    for (let made = 0; made < 5; made += 1) macs.push(await enrolled());
    const udids = macs.map(({ udid }) => udid).join();
    expect(await mdmb('-uuids', udids, 'devices-connect', '-w', '5', '-i', '4')).toMatch(GOOD);
  });

  it('its signature over a CheckOut ends the enrollment, and over that one alone', async () => {
    const mac = await enrolled();
    const body = `<plist><dict>${string('MessageType', 'CheckOut')}${string('UDID', mac.udid)}${string('Topic', TOPIC)}</dict></plist>`;
    await writeFile(file('checkout.plist'), body);
    const signature = (await mdmb('-uuids', mac.udid, 'devices-mdm-signature', '-f', file('checkout.plist'))).trim();
    const put = async (message: string): Promise<number> => {
      const headers = { 'mdm-signature': signature, 'content-type': 'application/x-apple-aspen-mdm-checkin' };
      const response = await fetch(`${fixture.service.url}/mdm/checkin`, { method: 'PUT', headers, body: message });
      return response.status;
    };
    expect(await put(`${body} `)).toBe(403);
    expect(await put(body)).toBe(200);
    expect(await fixture.named(mac, 'DeviceUnenrolled')).toMatchObject([{ reason: 'checked_out' }]);
  });
};

const isOpen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false)).on('connect', () => socket.destroy());
  });

if (MDMB_BIN === undefined || SCEPSERVER_BIN === undefined) {
  it.skip('mdmb: MDMB_BIN and SCEPSERVER_BIN name no binaries of it and of a SCEP server, so that it was not asked', () =>
    undefined);
} else {
  describe('mdmb', () => mdmbSuite(MDMB_BIN, SCEPSERVER_BIN));
}

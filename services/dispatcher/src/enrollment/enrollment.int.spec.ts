import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commandRequested, Fixture, until } from '../testing/fixture.js';
import { authority, string, type TestMac } from '../testing/test-mac.js';
import { enrollmentContract } from './enrollment.contract.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start();
});
afterAll(() => fixture.close());

enrollmentContract(() => Fixture.start());

const names = async (mac: TestMac) => (await fixture.events(mac)).map((event) => event.type);

describe('a Mac comes', () => {
  it('is enrolled at its first TokenUpdate, and asked what it is', async () => {
    const mac = fixture.mac();
    expect(await mac.authenticate()).toMatchObject({ status: 200, text: '' });
    expect(await names(mac)).toEqual([]);
    expect(await mac.idle()).toMatchObject({ status: 200, text: '' });
    expect(await mac.tokenUpdate()).toMatchObject({ status: 200, text: '' });
    expect(await names(mac)).toEqual(['DeviceEnrolled', 'DeviceFactsChanged']);
    const first = await mac.idle();
    expect(first).toMatchObject({
      status: 200,
      type: 'application/xml; charset=UTF-8',
      requestType: 'DeviceInformation',
    });
    const second = await mac.acknowledge(first.commandUuid, mac.information());
    expect(second.requestType).toBe('SecurityInfo');
    const last = await mac.acknowledge(second.commandUuid, '<key>SecurityInfo</key><dict/>');
    expect(last).toMatchObject({ status: 200, text: '' });
    const [enrolled] = await fixture.named(mac, 'DeviceEnrolled');
    expect(enrolled).toMatchObject({ udid: mac.udid, model: 'Mac14,2', name: 'lab-mac', again: false });
    const facts = await fixture.named(mac, 'DeviceFactsChanged');
    expect(facts).toMatchObject([
      { factsRevision: 1, architecture: 'arm64', osVersion: '12.5', mdmEnrolled: true, bootstrapTokenEscrowed: false },
      { factsRevision: 2, softwareUpdateDeviceId: 'J413AP', supervised: true, osBuild: '21G72' },
    ]);
  });

  it('sends both kinds of message to one address', async () => {
    const mac = fixture.mac();
    const body = `<plist><dict>${string('MessageType', 'Authenticate')}${string('UDID', mac.udid)}${string('Topic', 't')}</dict></plist>`;
    expect(
      (await mac.put('/mdm/connect', body, { 'content-type': 'application/x-apple-aspen-mdm-checkin' })).status,
    ).toBe(200);
  });
});

describe('a Mac comes again', () => {
  it('its queue is cleared, whoever requested is told, and it is asked anew', async () => {
    const mac = await fixture.enrolledMac();
    const commandId = await fixture.requested(commandRequested(mac));
    await mac.authenticate();
    expect(await fixture.named(mac, 'CommandNotSent')).toMatchObject([
      { commandId, reason: 're_enrolled', command: { kind: 'scan', try: 1 } },
    ]);
    expect(await mac.idle()).toMatchObject({ status: 200, text: '' });
    await mac.tokenUpdate();
    expect((await fixture.named(mac, 'DeviceEnrolled')).map((event) => event.again)).toEqual([false, true]);
    expect((await mac.idle()).requestType).toBe('DeviceInformation');
  });

  it('a bootstrap token that comes before the Mac counts as enrolled is told with that', async () => {
    const mac = fixture.mac();
    await mac.authenticate();
    await mac.tokenUpdate();
    // As a crash leaves it that comes behind the events: the row does not say yet what others know.
    await fixture.db
      .updateTable('enrollments')
      .set({ state: 'authenticated' })
      .where('device_id', '=', mac.deviceId)
      .execute();
    await mac.checkin('SetBootstrapToken', '<key>BootstrapToken</key><data>AQID</data>');
    await mac.tokenUpdate();
    const escrowed = (await fixture.named(mac, 'DeviceFactsChanged')).map((facts) => facts.bootstrapTokenEscrowed);
    expect(escrowed).toEqual([false, true]);
  });

  it('trap 27: a bootstrap token of the enrollment before is kept, but does not count', async () => {
    const mac = await fixture.enrolledMac();
    await mac.checkin('SetBootstrapToken', '<key>BootstrapToken</key><data>AQID</data>');
    await mac.authenticate();
    await mac.tokenUpdate();
    expect((await fixture.named(mac, 'DeviceFactsChanged')).at(-1)).toMatchObject({ bootstrapTokenEscrowed: false });
    expect((await mac.checkin('GetBootstrapToken')).text).toContain('<data>AQID</data>');
  });
});

describe('a Mac leaves', () => {
  it('checks out: known, told, refused afterwards, never with 401', async () => {
    const mac = await fixture.enrolledMac();
    const commandId = await fixture.requested(commandRequested(mac));
    expect(await mac.checkin('CheckOut')).toMatchObject({ status: 200, text: '' });
    await mac.checkin('CheckOut');
    expect(await fixture.named(mac, 'DeviceUnenrolled')).toMatchObject([{ reason: 'checked_out' }]);
    expect((await fixture.named(mac, 'DeviceFactsChanged')).at(-1)).toMatchObject({ mdmEnrolled: false });
    expect(await fixture.named(mac, 'CommandNotSent')).toMatchObject([{ commandId, reason: 'unenrolled' }]);
    expect((await mac.tokenUpdate()).status).toBe(403);
    expect(await mac.idle()).toMatchObject({ status: 200, text: '' });
    await fixture.requested(commandRequested(mac, { try: 2 }));
    await until(async () => (await fixture.named(mac, 'CommandNotSent')).length === 2);
  });
});

describe('who a Mac is (trap 1)', () => {
  it.each([
    ['no certificate', (mac: TestMac) => mac.put('/mdm/checkin', '<plist><dict/></plist>', { 'client-cert': '' }), 400],
    ['a header that is none', (mac: TestMac) => ((mac.certificate = '!'), mac.authenticate()), 400],
    ['an unknown Mac', (mac: TestMac) => mac.idle(), 403],
    ['an unknown Mac with a TokenUpdate', (mac: TestMac) => mac.tokenUpdate(), 403],
  ])('%s', async (_, act, status) => expect((await act(fixture.mac())).status).toBe(status));

  it('a certificate other than the one it authenticated with is refused', async () => {
    const mac = await fixture.enrolledMac();
    const own = mac.certificate;
    mac.become(authority.issue({ name: mac.udid }));
    expect((await mac.idle()).status).toBe(403);
    expect((await mac.checkin('GetBootstrapToken')).status).toBe(403);
    mac.certificate = own;
    expect((await mac.idle()).status).toBe(200);
  });

  it('a certificate renewed with the same key is taken at once: macOS sends no Authenticate then', async () => {
    const mac = await fixture.enrolledMac();
    await mac.checkin('SetBootstrapToken', '<key>BootstrapToken</key><data>AQID</data>');
    const { key, certificate } = mac.identity;
    const keys = { privateKey: key, publicKey: certificate.publicKey };
    const renewed = authority.issue({ name: mac.udid, keys, to: '2048-01-01T00:00:00' });
    mac.become(renewed);
    expect((await mac.checkin('GetBootstrapToken')).text).toContain('<data>AQID</data>');
    expect((await mac.idle()).status).toBe(200);
    expect(await names(mac)).toEqual([
      'DeviceEnrolled',
      'DeviceFactsChanged',
      'DeviceFactsChanged',
      'DeviceFactsChanged',
    ]);
    const row = await fixture.db
      .selectFrom('enrollments')
      .select(['certificate_until', 'number'])
      .where('device_id', '=', mac.deviceId)
      .executeTakeFirst();
    expect(row).toEqual({ certificate_until: '2048-01-01T00:00:00.000Z', number: 1 });
  });

  it('a certificate renewed with another key begins with an Authenticate, and is an enrollment of its own', async () => {
    const mac = await fixture.enrolledMac();
    await mac.checkin('SetBootstrapToken', '<key>BootstrapToken</key><data>AQID</data>');
    mac.become(authority.issue({ name: mac.udid }));
    expect((await mac.idle()).status).toBe(403);
    await mac.enroll();
    expect((await fixture.named(mac, 'DeviceEnrolled')).map(({ again }) => again)).toEqual([false, true]);
    expect((await mac.checkin('GetBootstrapToken')).text).toContain('<data>AQID</data>');
  });

  it("a new certificate of another Mac's key does not enroll", async () => {
    const [first, second] = [await fixture.enrolledMac(), fixture.mac()];
    const { key, certificate } = first.identity;
    second.become(authority.issue({ name: second.udid, keys: { privateKey: key, publicKey: certificate.publicKey } }));
    expect((await second.authenticate()).status).toBe(403);
  });

  it('bytes that are no certificate do not enroll', async () => {
    const mac = fixture.mac();
    mac.certificate = Buffer.from('no certificate').toString('base64');
    expect((await mac.authenticate()).status).toBe(400);
  });

  it("another Mac's certificate does not enroll; a new one of its own does", async () => {
    const [first, second] = [await fixture.enrolledMac(), fixture.mac()];
    second.certificate = first.certificate;
    expect((await second.authenticate()).status).toBe(403);
    first.become(authority.issue({ name: first.udid }));
    expect((await first.authenticate()).status).toBe(200);
  });
});

describe('bootstrap tokens', () => {
  const data = (bytes: string) => `<key>BootstrapToken</key><data>${Buffer.from(bytes).toString('base64')}</data>`;

  it('are given back to their Mac, known to others only as a fact, and at rest to nobody', async () => {
    const [mac, other] = [await fixture.enrolledMac(), await fixture.enrolledMac()];
    expect(await mac.checkin('SetBootstrapToken', data('secret-bytes'))).toMatchObject({ status: 200, text: '' });
    await mac.checkin('SetBootstrapToken', data('secret-bytes'));
    expect(await mac.checkin('GetBootstrapToken')).toMatchObject({
      status: 200,
      type: 'application/xml; charset=UTF-8',
    });
    expect((await mac.checkin('GetBootstrapToken')).text).toContain('<data>c2VjcmV0LWJ5dGVz</data>');
    expect((await other.checkin('GetBootstrapToken')).text).not.toContain('BootstrapToken');
    const row = await fixture.db
      .selectFrom('enrollments')
      .selectAll()
      .where('device_id', '=', mac.deviceId)
      .executeTakeFirstOrThrow();
    expect(row.bootstrap_token?.includes('secret-bytes')).toBe(false);
    expect(JSON.stringify(await fixture.events(mac))).not.toContain('c2VjcmV0');
    expect((await fixture.named(mac, 'DeviceFactsChanged')).map((facts) => facts.bootstrapTokenEscrowed)).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('trap 27: delete means delete', async () => {
    const mac = await fixture.enrolledMac();
    await mac.checkin('SetBootstrapToken', data('secret-bytes'));
    await mac.checkin('SetBootstrapToken');
    expect((await mac.checkin('GetBootstrapToken')).text).not.toContain('<data>');
    expect((await fixture.named(mac, 'DeviceFactsChanged')).at(-1)).toMatchObject({ bootstrapTokenEscrowed: false });
  });

  it('one that comes before the enrollment is complete is part of the first facts', async () => {
    const mac = fixture.mac();
    await mac.authenticate();
    await mac.checkin('SetBootstrapToken', data('early'));
    await mac.tokenUpdate();
    expect(await fixture.named(mac, 'DeviceFactsChanged')).toMatchObject([{ bootstrapTokenEscrowed: true }]);
  });
});

describe('bodies', () => {
  const idle = (mac: TestMac) => `<plist><dict>${string('UDID', mac.udid)}${string('Status', 'Idle')}</dict></plist>`;

  it.each([
    ['nothing', ''],
    ['no property list', 'hello'],
    ['a property list cut off', '<plist><dict><key>UDID</key>'],
    ['no dictionary', '<plist><array/></plist>'],
    ['JSON', '{"Status":"Idle"}'],
    ['bytes', Uint8Array.of(0, 255, 1, 2)],
    ['a broken binary one', Buffer.concat([Buffer.from('bplist00'), Buffer.alloc(40, 255)])],
    ['an entity bomb', '<!DOCTYPE plist [<!ENTITY a "aaaa">]><plist><string>&a;</string></plist>'],
  ])('malformed: %s', async (_, body) => {
    const mac = await fixture.enrolledMac();
    for (const type of [
      'application/x-apple-aspen-mdm',
      'application/json',
      'text/plain',
      'application/x-www-form-urlencoded',
    ]) {
      for (const path of ['/mdm/checkin', '/mdm/connect']) {
        expect((await mac.put(path, body, { 'content-type': type })).status).toBe(400);
      }
    }
    expect((await mac.idle()).status).toBe(200);
  });

  it('a message of no known type says what is wrong', async () => {
    const reply = await (await fixture.enrolledMac()).checkin('GetToken');
    expect(reply).toMatchObject({ status: 400, type: 'application/problem+json; charset=utf-8' });
    expect(JSON.parse(reply.text)).toMatchObject({ code: 'unknown-message', path: '/MessageType' });
  });

  it('over a megabyte: 413', async () => {
    const mac = await fixture.enrolledMac();
    expect((await mac.put('/mdm/connect', new Uint8Array(1_048_577))).status).toBe(413);
  });

  it.each([
    'application/x-apple-aspen-mdm; charset=UTF-8',
    'application/xml',
    'application/json',
    'text/plain',
    'application/octet-stream',
  ])('a good one is read whatever it is called: %s', async (type) => {
    const mac = await fixture.enrolledMac();
    expect(await mac.put('/mdm/connect', idle(mac), { 'content-type': type })).toMatchObject({ status: 200, text: '' });
  });

  it('a Mac with text that no database holds enrolls all the same', async () => {
    const mac = fixture.mac();
    expect(
      (await mac.checkin('Authenticate', string('DeviceName', `lab\u0000\u0007 ${'x'.repeat(5000)}`))).status,
    ).toBe(200);
    expect((await mac.tokenUpdate()).status).toBe(200);
    expect((await fixture.named(mac, 'DeviceEnrolled'))[0]?.name).toHaveLength(256);
  });

  it('a User Enrollment has no UDID and is not managed', async () => {
    const mac = fixture.mac();
    const body = `<plist><dict>${string('MessageType', 'Authenticate')}${string('EnrollmentID', 'E-1')}${string('Topic', 't')}</dict></plist>`;
    expect((await mac.put('/mdm/checkin', body)).status).toBe(403);
  });

  it('every answer of this door is something else than 401 (trap 1)', async () => {
    const response = await fetch(`${fixture.service.url}/mdm/nowhere`, { method: 'PUT', body: 'x' });
    expect(response.status).toBe(404);
  });
});

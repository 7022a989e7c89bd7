import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { addMillis, reactionId } from '@managed-os/kernel';
import { declaring } from '../testing/declaring.js';
import { commandRequested, DAY, Fixture, installRequested, MINUTE, obligationOf, until } from '../testing/fixture.js';
import { available, result, scanned } from '../testing/said.js';
import { string, type TestMac } from '../testing/test-mac.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.besideNanomdm();
});
afterAll(() => fixture.close());
beforeEach(() => {
  fixture.owes(undefined);
  fixture.nanomdm.away = false;
  fixture.nanomdm.mute = false;
  fixture.nanomdm.pushError = undefined;
});
const { requested, declaredMac, openOf, told, tokensOf } = declaring(() => fixture);

const plist = (mac: TestMac, keys: string) => `<plist><dict>${string('UDID', mac.udid)}${keys}</dict></plist>`;
const saying = (mac: TestMac, status: string, uuid?: string, keys = '') =>
  plist(mac, string('Status', status) + (uuid === undefined ? '' : string('CommandUUID', uuid)) + keys);
const checkin = (mac: TestMac, type: string, keys = '') =>
  plist(mac, string('MessageType', type) + string('Topic', mac.topic) + keys);
const token = (magic: string) => `${string('PushMagic', magic)}<key>Token</key><data>AQID</data>`;
/** So many seconds ago. */
const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000);
const rowOf = (mac: TestMac) =>
  fixture.db.selectFrom('enrollments').selectAll().where('device_id', '=', mac.deviceId).executeTakeFirst();
const withdrawn = (mac: TestMac) =>
  fixture.request({ type: 'CommandsWithdrawn', deviceId: mac.deviceId, obligationId: obligationOf(mac), attempt: 1 });
const typesOf = async (mac: TestMac) => (await fixture.events(mac)).map(({ type }) => type);

describe('an install', () => {
  it.each([
    [59, true],
    [61, false],
  ])('is handed over in answer to a word of the Mac of %d s ago: %s', async (seconds, handedOver) => {
    const mac = await fixture.enrolledMac();
    fixture.owesInstall(mac);
    const commandId = await fixture.requested(installRequested(mac));
    await fixture.nanomdm.tell(saying(mac, 'Acknowledged', 'of-somebody-else'), ago(seconds));
    expect(fixture.nanomdm.queueOf(mac.udid)).toEqual(handedOver ? [commandId] : []);
    // With one that is not, something else is wrong: the next word counts.
    if (!handedOver) await fixture.nanomdm.tell(saying(mac, 'Acknowledged', 'of-somebody-else'));
    expect(fixture.nanomdm.queueOf(mac.udid)).toEqual([commandId]);
  });

  it('a Mac that wakes after its policy was removed installs nothing', async () => {
    const mac = await fixture.enrolledMac();
    fixture.owesInstall(mac);
    await fixture.requested(installRequested(mac));
    await until(() => fixture.nanomdm.pushesTo(mac.udid) > 0);
    // It sleeps: the push wakes nobody, and nothing lies at NanoMDM for it.
    expect(fixture.nanomdm.queueOf(mac.udid)).toEqual([]);
    fixture.clock.advance(DAY);
    fixture.owes(() => ({ obligationId: null, status: 'compliant' }));
    expect((await mac.answerAll()).text).toBe('');
    expect(await fixture.named(mac, 'CommandNotSent')).toMatchObject([{ reason: 'no_longer_owed' }]);
  });

  it('a Mac that only wakes a little (Power Nap) is not left one that it would carry out later', async () => {
    const mac = await fixture.enrolledMac();
    fixture.owesInstall(mac);
    await fixture.requested(installRequested(mac));
    const question = await mac.idle();
    expect(question.requestType).toBe('DeviceInformation');
    await mac.connect('NotNow', question.commandUuid);
    expect(fixture.nanomdm.queueOf(mac.udid)).toEqual([question.commandUuid]);
    fixture.owes(() => ({ obligationId: null, status: 'compliant' }));
    expect((await mac.answerAll()).text).toBe('');
    expect(await fixture.named(mac, 'CommandNotSent')).toMatchObject([{ reason: 'no_longer_owed' }]);
    expect(await fixture.named(mac, 'CommandSent')).toEqual([]);
  });

  it('is handed over when nothing else of ours lies there', async () => {
    const mac = await fixture.enrolledMac();
    fixture.owesInstall(mac);
    const scan = await fixture.requested(commandRequested(mac));
    const install = await fixture.requested(installRequested(mac));
    expect((await mac.idle()).commandUuid).toBe(scan);
    expect(fixture.nanomdm.queueOf(mac.udid)).toEqual([scan]);
    expect((await mac.acknowledge(scan, scanned)).commandUuid).toBe(install);
    await mac.acknowledge(install, result('Downloading'));
    expect(await fixture.named(mac, 'CommandAnswered')).toHaveLength(2);
  });

  it('that was put off is kept by NanoMDM: withdrawn, nobody is told that it was not sent, and its answer counts', async () => {
    const mac = await fixture.enrolledMac();
    fixture.owesInstall(mac);
    const commandId = await fixture.requested(installRequested(mac));
    await mac.connect('NotNow', (await mac.answerAll()).commandUuid);
    await withdrawn(mac);
    await until(async () => (await openCommand(commandId)) === 'not_sent');
    expect(await fixture.named(mac, 'CommandNotSent')).toEqual([]);
    await mac.acknowledge((await mac.idle()).commandUuid, result('Installing'));
    expect(await fixture.named(mac, 'CommandAnswered')).toMatchObject([{ commandId }]);
  });
});

describe('a webhook', () => {
  const post = (body: string, headers: Readonly<Record<string, string>>) =>
    fetch(`${fixture.service.url}/nanomdm/webhook`, { method: 'POST', headers, body });

  it.each([
    ['none', {}],
    ['another', { 'x-hmac-signature': Buffer.alloc(32).toString('base64') }],
    ['a short one', { 'x-hmac-signature': 'AQID' }],
  ])('with a wrong signature is refused: %s', async (_, headers: Readonly<Record<string, string>>) => {
    const mac = await fixture.enrolledMac();
    const payload = Buffer.from(checkin(mac, 'CheckOut')).toString('base64');
    const body = JSON.stringify({ created_at: new Date().toISOString(), checkin_event: { raw_payload: payload } });
    expect((await post(body, headers)).status).toBe(403);
    expect(await fixture.named(mac, 'DeviceUnenrolled')).toEqual([]);
  });

  it('that comes twice has one effect', async () => {
    const mac = await fixture.enrolledMac();
    const commandId = await fixture.requested(commandRequested(mac));
    const { commandUuid } = await mac.idle();
    const now = new Date();
    for (const at of [now, now]) {
      expect(await fixture.nanomdm.tell(saying(mac, 'Acknowledged', commandUuid, scanned), at)).toBe(200);
      expect(await fixture.nanomdm.tell(saying(mac, 'Idle'), at)).toBe(200);
    }
    expect(await fixture.named(mac, 'CommandAnswered')).toMatchObject([{ commandId }]);
    for (const at of [now, now]) await fixture.nanomdm.tell(checkin(mac, 'CheckOut'), at);
    expect(await fixture.named(mac, 'DeviceUnenrolled')).toHaveLength(1);
  });

  it('that tells of an old connect after a newer one settles what it reports, and hands over no install', async () => {
    const mac = await fixture.enrolledMac();
    fixture.owesInstall(mac);
    const commandId = await fixture.requested(commandRequested(mac));
    const { commandUuid } = await mac.idle();
    await fixture.requested(installRequested(mac));
    await fixture.nanomdm.tell(saying(mac, 'Acknowledged', commandUuid, scanned), ago(300));
    expect(await fixture.named(mac, 'CommandAnswered')).toMatchObject([{ commandId }]);
    expect(fixture.nanomdm.queueOf(mac.udid)).toEqual([commandUuid]);
  });

  it("on somebody else's command, of a user, or of a kind that is of no use here, changes nothing", async () => {
    const mac = await fixture.enrolledMac();
    const before = await fixture.events(mac);
    for (const body of [
      saying(mac, 'Acknowledged', 'c0ffee00-0000-4000-8000-000000000000'),
      saying(mac, 'Error', 'not-an-id'),
      saying(mac, 'Acknowledged', 'c0ffee00-0000-4000-8000-000000000000', string('UserID', 'G-1')),
    ]) {
      expect(await fixture.nanomdm.tell(body)).toBe(200);
    }
    expect(await fixture.events(mac)).toEqual(before);
    expect((await mac.checkin('GetBootstrapToken')).status).toBe(200);
  });
});

describe('check-ins in another order, or lost', () => {
  it('an Authenticate that comes after its TokenUpdate does not undo it', async () => {
    const mac = await fixture.enrolledMac();
    expect(await fixture.nanomdm.tell(checkin(mac, 'Authenticate', string('ProductName', 'Mac14,2')), ago(60))).toBe(
      200,
    );
    expect((await rowOf(mac))?.state).toBe('enrolled');
    expect(await fixture.named(mac, 'DeviceEnrolled')).toHaveLength(1);
  });

  it('a CheckOut of before an enrollment does not end it', async () => {
    const mac = await fixture.enrolledMac();
    await fixture.nanomdm.tell(checkin(mac, 'CheckOut'), ago(60));
    expect((await rowOf(mac))?.state).toBe('enrolled');
  });

  it('the first TokenUpdate of an enrollment whose Authenticate was lost begins it', async () => {
    const mac = await fixture.enrolledMac('15.1');
    await mac.reportCapabilities();
    await fixture.nanomdm.tell(checkin(mac, 'TokenUpdate', token('of another enrollment')), new Date(), {
      token_update_tally: 1,
    });
    expect((await fixture.named(mac, 'DeviceEnrolled')).map(({ again }) => again)).toEqual([false, true]);
    expect(await rowOf(mac)).toMatchObject({ state: 'enrolled', number: 2, push_magic: 'of another enrollment' });
    // A later one of the same enrollment is none.
    await fixture.nanomdm.tell(checkin(mac, 'TokenUpdate', token('again')), new Date(), { token_update_tally: 2 });
    expect(await fixture.named(mac, 'DeviceEnrolled')).toHaveLength(2);
  });

  it('a Mac whose TokenUpdate was lost has completed its enrollment when it connects', async () => {
    const mac = fixture.mac();
    await mac.authenticate();
    fixture.nanomdm.mute = true;
    await mac.tokenUpdate();
    fixture.nanomdm.mute = false;
    expect(await typesOf(mac)).toEqual([]);
    await mac.answerAll();
    expect((await typesOf(mac)).slice(0, 2)).toEqual(['DeviceEnrolled', 'DeviceFactsChanged']);
  });
});

describe('a Mac that enrolled before we were there', () => {
  const stranger = async (osVersion?: string): Promise<TestMac> => {
    const mac = fixture.mac(osVersion);
    fixture.nanomdm.mute = true;
    await mac.authenticate();
    await mac.tokenUpdate();
    fixture.nanomdm.mute = false;
    return mac;
  };

  it('is asked what it is when it connects, and enrolls with its answer', async () => {
    const mac = await stranger();
    const question = await mac.idle();
    expect(question.requestType).toBe('DeviceInformation');
    expect(await typesOf(mac)).toEqual([]);
    await mac.acknowledge(question.commandUuid, mac.information());
    expect(await fixture.named(mac, 'DeviceEnrolled')).toMatchObject([
      { udid: mac.udid, model: 'Mac14,2', name: 'lab-mac', again: false },
    ]);
    expect(await fixture.named(mac, 'DeviceFactsChanged')).toMatchObject([{ osVersion: '12.5', mdmEnrolled: true }]);
    await mac.answerAll();
    const commandId = await fixture.requested(commandRequested(mac));
    expect((await mac.idle()).commandUuid).toBe(commandId);
    await mac.tokenUpdate();
    expect(await fixture.named(mac, 'DeviceEnrolled')).toHaveLength(1);
  });

  it('is asked once a day', async () => {
    const mac = await stranger();
    for (const seconds of [2, 1, 0]) await fixture.nanomdm.tell(saying(mac, 'Idle'), ago(seconds));
    expect(fixture.nanomdm.queueOf(mac.udid)).toHaveLength(1);
    await fixture.db
      .updateTable('foreign_macs')
      .set({ asked_at: addMillis(fixture.clock.real.now(), -DAY) })
      .where('device_id', '=', mac.deviceId)
      .execute();
    await fixture.nanomdm.tell(saying(mac, 'Idle'));
    expect(fixture.nanomdm.queueOf(mac.udid)).toHaveLength(2);
  });

  it('is not one when it is an iPhone, which nobody asks again', async () => {
    const phone = await stranger();
    const question = await phone.idle();
    const said = `<key>QueryResponses</key><dict>${string('OSVersion', '26.6')}${string('ProductName', 'iPhone17,1')}</dict>`;
    await phone.acknowledge(question.commandUuid, said);
    await phone.authenticate();
    expect(await typesOf(phone)).toEqual([]);
    const other = fixture.mac();
    await fixture.nanomdm.tell(checkin(other, 'Authenticate', string('ProductName', 'iPad16,3')));
    await fixture.nanomdm.tell(checkin(other, 'TokenUpdate', token('of an iPad')));
    await fixture.nanomdm.tell(saying(other, 'Idle'));
    expect(fixture.nanomdm.queueOf(other.udid)).toEqual([]);
    expect(await rowOf(other)).toBeUndefined();
  });

  it('turns declarations on', async () => {
    const mac = await stranger('15.1');
    expect((await mac.declarative('tokens')).status).toBe(500);
    await mac.answerAll();
    expect((await mac.declarative('tokens')).status).toBe(200);
    await mac.answerAll();
    expect(await openOf(mac)).toEqual([]);
  });
});

describe('what goes wrong on the way', () => {
  it('NanoMDM is away: nothing is lost, no Mac is blamed, and it is tried again', async () => {
    const mac = await fixture.enrolledMac();
    const commandId = await fixture.requested(commandRequested(mac));
    fixture.nanomdm.away = true;
    expect((await mac.idle()).text).toBe('');
    fixture.clock.advance(MINUTE);
    fixture.nanomdm.away = false;
    expect((await mac.idle()).commandUuid).toBe(commandId);
    await mac.acknowledge(commandId, scanned);
    const types = await typesOf(mac);
    expect(types.filter((type) => type.startsWith('Command'))).toEqual(['CommandSent', 'CommandAnswered']);
    expect(types).not.toContain('PushTokenRefused');
  });

  it('NanoMDM is away: its Mac is woken again when it is back', async () => {
    const mac = await fixture.enrolledMac();
    fixture.nanomdm.away = true;
    await fixture.requested(commandRequested(mac));
    await mac.idle();
    fixture.nanomdm.away = false;
    const before = fixture.nanomdm.pushesTo(mac.udid);
    fixture.clock.advance(2 * MINUTE);
    await until(() => fixture.nanomdm.pushesTo(mac.udid) > before);
  });

  it('a crash between the handing over and the row: it is handed over again, and NanoMDM has it once', async () => {
    const mac = await fixture.enrolledMac();
    const commandId = await fixture.requested(commandRequested(mac));
    await mac.idle();
    await fixture.db.deleteFrom('handed_over').where('command_id', '=', commandId).execute();
    await fixture.nanomdm.tell(saying(mac, 'Idle'));
    expect(fixture.nanomdm.queueOf(mac.udid)).toEqual([commandId]);
    expect(await fixture.named(mac, 'CommandSent')).toHaveLength(1);
  });

  it('a crash between the claim and the handing over: it is handed over', async () => {
    const mac = await fixture.enrolledMac();
    const commandId = await fixture.requested(commandRequested(mac));
    await fixture.db.updateTable('commands').set({ state: 'sent' }).where('command_id', '=', commandId).execute();
    expect((await mac.idle()).commandUuid).toBe(commandId);
  });

  it('a dead token is told, as APNs told it to NanoMDM, and an error that is nothing of the kind is not', async () => {
    const mac = await fixture.enrolledMac();
    fixture.nanomdm.pushError = 'topic com.apple.mgmt.x: no push certificate';
    await fixture.requested(commandRequested(mac));
    await until(() => fixture.nanomdm.pushesTo(mac.udid) > 0);
    fixture.clock.advance(2 * MINUTE);
    expect(await fixture.named(mac, 'PushTokenRefused')).toEqual([]);
    fixture.nanomdm.pushError = 'push HTTP status: 410: APNs push error: Unregistered: timestamp 1662919200000';
    await until(async () => {
      fixture.clock.advance(MINUTE);
      return (await fixture.named(mac, 'PushTokenRefused')).length > 0;
    });
    expect(await fixture.named(mac, 'PushTokenRefused')).toMatchObject([{ reason: 'Unregistered' }]);
  });

  it('an answer that was lost: the command is handed over by another CommandUUID when its Mac speaks again', async () => {
    const mac = await fixture.enrolledMac();
    const commandId = await fixture.requested(commandRequested(mac));
    await mac.idle();
    fixture.nanomdm.mute = true;
    await mac.acknowledge(commandId, scanned);
    fixture.nanomdm.mute = false;
    expect((await mac.idle()).text).toBe('');
    await fixture.db
      .updateTable('handed_over')
      .set({ offered_at: addMillis(fixture.clock.real.now(), -11 * MINUTE) })
      .where('command_id', '=', commandId)
      .execute();
    const again = await mac.idle();
    expect(again.requestType).toBe('ScheduleOSUpdateScan');
    expect(again.commandUuid).not.toBe(commandId);
    await mac.acknowledge(again.commandUuid, scanned);
    expect(await fixture.named(mac, 'CommandAnswered')).toMatchObject([{ commandId }]);
    expect(await fixture.named(mac, 'CommandSent')).toHaveLength(1);
  });

  it('an answer to what NanoMDM sent once more counts once', async () => {
    const mac = await fixture.enrolledMac();
    const first = await fixture.requested(commandRequested(mac));
    const second = await fixture.requested(commandRequested(mac, { kind: 'available' }));
    await mac.idle();
    await mac.connect('NotNow', first);
    await mac.acknowledge(second, available);
    expect((await mac.connect('NotNow', first)).commandUuid).toBe(second);
    await mac.acknowledge(second, available);
    expect((await fixture.named(mac, 'CommandAnswered')).map(({ commandId }) => commandId)).toEqual([second]);
  });
});

describe('NotNow (trap 2)', () => {
  it('a Mac that took another command after it does not come back by itself: it is woken', async () => {
    const mac = await fixture.enrolledMac();
    const first = await fixture.requested(commandRequested(mac));
    await fixture.requested(commandRequested(mac, { kind: 'available' }));
    await mac.idle();
    const second = await mac.connect('NotNow', first);
    expect(second.requestType).toBe('AvailableOSUpdates');
    await mac.acknowledge(second.commandUuid, available);
    expect(await fixture.named(mac, 'CommandDeferred')).toMatchObject([{ commandId: first }]);
    const before = fixture.nanomdm.pushesTo(mac.udid);
    fixture.clock.advance(10 * MINUTE);
    await until(() => fixture.nanomdm.pushesTo(mac.udid) > before);
    expect((await mac.idle()).commandUuid).toBe(first);
  });

  it('a command that tells of declarations, and is older than the set when the Mac takes it, is followed by another', async () => {
    const mac = await declaredMac();
    await requested(mac);
    await mac.connect('NotNow', (await mac.idle()).commandUuid);
    fixture.clock.advance(MINUTE);
    await requested(mac, { try: 2 });
    expect(await openOf(mac)).toMatchObject([{ state: 'deferred' }]);
    const old = await mac.idle();
    const next = await mac.acknowledge(old.commandUuid);
    expect(told(next.text)).toEqual(await tokensOf(mac));
  });
});

describe('declarations', () => {
  it('are served to NanoMDM alone', async () => {
    const mac = await declaredMac();
    const ask = (headers: Readonly<Record<string, string>>) =>
      fetch(`${fixture.service.url}/nanomdm/declarations/tokens`, { headers });
    expect((await ask({ 'x-enrollment-id': mac.udid })).status).toBe(403);
    expect((await ask({ 'x-enrollment-id': mac.udid, 'x-hmac-signature': 'AQID' })).status).toBe(403);
  });

  it.each(['%E0%A4%A', '%E0%A4', '%zz', '%'])(
    'asked for at the malformed path %s are refused as malformed',
    async (endpoint) => {
      const mac = await declaredMac();
      expect((await mac.declarative(endpoint)).text).toContain('"code":"malformed"');
    },
  );

  it("of a user are none, and what is reported of one is not the Mac's", async () => {
    const mac = await declaredMac();
    const user = string('UserID', '7F0A');
    expect((await mac.declarative('declaration-items', undefined, user)).text).toContain('"Configurations":[]');
    const status = { StatusItems: { device: { 'operating-system': { version: '15.9' } } } };
    expect(await mac.declarative('status', status, user)).toMatchObject({ status: 200, text: '' });
    expect((await fixture.named(mac, 'DeviceFactsChanged')).at(-1)).toMatchObject({ osVersion: '15.1' });
  });
});

describe('the bootstrap token', () => {
  const factsOf = async (mac: TestMac) => (await fixture.named(mac, 'DeviceFactsChanged')).at(-1);
  const kept = '<key>BootstrapToken</key><data>c2VjcmV0LWJ5dGVz</data>';
  const model = string('ProductName', 'Mac14,2');

  it('stays with NanoMDM; that there is one is known', async () => {
    const mac = await fixture.enrolledMac();
    await mac.checkin('SetBootstrapToken', kept);
    expect(await factsOf(mac)).toMatchObject({ bootstrapTokenEscrowed: true });
    expect((await rowOf(mac))?.bootstrap_token).toBeNull();
    await mac.checkin('SetBootstrapToken');
    expect(await factsOf(mac)).toMatchObject({ bootstrapTokenEscrowed: false });
  });

  it.each([
    ['in order', [0, 1, 2]],
    ['before the enrollment is complete', [0, 2, 1]],
    ['before the Authenticate', [2, 0, 1]],
    ['after a TokenUpdate that overtook the Authenticate', [1, 0, 2]],
    ['before both, the other way round', [2, 1, 0]],
    ['after both, the other way round', [1, 2, 0]],
  ])('is known when its webhook comes %s', async (_, order) => {
    const mac = fixture.mac();
    const said = [
      () => fixture.nanomdm.tell(checkin(mac, 'Authenticate', model), ago(3)),
      () => fixture.nanomdm.tell(checkin(mac, 'TokenUpdate', token('first')), ago(2), { token_update_tally: 1 }),
      () => fixture.nanomdm.tell(checkin(mac, 'SetBootstrapToken', kept), ago(1)),
    ];
    for (const place of order) await said[place]?.();
    await mac.answerAll();
    expect(await factsOf(mac)).toMatchObject({ mdmEnrolled: true, bootstrapTokenEscrowed: true });
  });

  it('is known when its webhook comes at once with those of the enrollment', async () => {
    const macs = Array.from({ length: 20 }, () => fixture.mac());
    await Promise.all(
      macs.flatMap((mac) => [
        fixture.nanomdm.tell(checkin(mac, 'Authenticate', model), ago(3)),
        fixture.nanomdm.tell(checkin(mac, 'TokenUpdate', token('first')), ago(2), { token_update_tally: 1 }),
        fixture.nanomdm.tell(checkin(mac, 'SetBootstrapToken', kept), ago(1)),
      ]),
    );
    for (const mac of macs) {
      await mac.answerAll();
      expect(await factsOf(mac)).toMatchObject({ mdmEnrolled: true, bootstrapTokenEscrowed: true });
    }
  });

  it('of an enrollment before does not count, whether we heard of the new one or not', async () => {
    const mac = await fixture.enrolledMac();
    await mac.checkin('SetBootstrapToken', kept);
    await mac.authenticate();
    await mac.tokenUpdate('second');
    expect(await factsOf(mac)).toMatchObject({ bootstrapTokenEscrowed: false });
    await mac.checkin('SetBootstrapToken', kept);
    await fixture.nanomdm.tell(checkin(mac, 'TokenUpdate', token('third')), new Date(), { token_update_tally: 1 });
    expect(await factsOf(mac)).toMatchObject({ bootstrapTokenEscrowed: false });
  });
});

it.each(['/mdm/checkin', '/mdm/connect', '/enroll'])('the door of direct Macs is not there: %s', async (path) => {
  const response = await fetch(`${fixture.service.url}${path}`, { method: path === '/enroll' ? 'GET' : 'PUT' });
  expect(response.status).toBe(404);
});

const openCommand = async (commandId: string) =>
  (await fixture.db.selectFrom('commands').select('state').where('command_id', '=', commandId).executeTakeFirst())
    ?.state;

it('an id of a Mac that is none is refused', async () => {
  const mac = fixture.mac();
  const body = `<plist><dict>${string('UDID', `${mac.udid},${reactionId('x')}`)}${string('Status', 'Idle')}</dict></plist>`;
  expect(await fixture.nanomdm.tell(body)).toBe(400);
});

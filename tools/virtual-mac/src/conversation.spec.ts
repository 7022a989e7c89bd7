import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Fleet } from './fleet.js';
import type { Dict } from './plist.js';
import type { FleetSummary } from './summary.js';
import { Desk } from './testing/desk.js';
import { aFleetOf } from './testing/one-mac.js';
import { type Answering, Running } from './testing/running.js';
import { commandBody, type Heard } from './testing/tiny-mdm-server.js';

const open: Running[] = [];
afterEach(async () => {
  for (const running of open.splice(0)) await running.stop();
});
const start = async (fleet: Fleet, answer: Answering, how = {}): Promise<Running> => {
  const running = await Running.start(fleet, answer, how);
  open.push(running);
  return running;
};

const INFO = { RequestType: 'DeviceInformation', Queries: ['OSVersion'] };
const SECURITY = { RequestType: 'SecurityInfo' };

/** Accepts check-ins and hands out these commands, one per message that is no check-in; NotNow does not stop it. */
const handingOut = (...commands: readonly Dict[]): Answering => {
  const left = [...commands];
  return ({ path }: Heard) => {
    const command = path === '/mdm/connect' ? left.shift() : undefined;
    return command ? { status: 200, body: commandBody(`c${commands.length - left.length}`, command) } : { status: 200 };
  };
};

describe('enrollment', () => {
  it('goes over mutual TLS: Authenticate, TokenUpdate, and a minute later, after a login, SetBootstrapToken', async () => {
    const running = await start(aFleetOf({}), new Desk(undefined).answer, { isSecure: true });
    expect(running.heard()).toEqual(['Authenticate', 'TokenUpdate']);
    await running.pass(2);
    expect(running.heard()).toEqual(['SetBootstrapToken']);
    const [authenticate, tokenUpdate, bootstrap] = running.server.heard;
    expect(authenticate).toMatchObject({
      path: '/mdm/checkin',
      contentType: 'application/x-apple-aspen-mdm-checkin',
      identity: expect.stringMatching(/^[0-9a-f]{64}$/),
      message: {
        Topic: expect.stringMatching(/^com\.apple\.mgmt\./),
        Model: 'MacBookPro18,3',
        ProductName: 'MacBookPro18,3',
        ModelName: 'MacBook Pro',
        SerialNumber: 'C02AAAA00001',
        OSVersion: '12.4',
        BuildVersion: '21F79',
      },
    });
    expect(tokenUpdate?.message).toMatchObject({ Token: expect.any(Uint8Array), PushMagic: expect.any(String) });
    expect(bootstrap?.message['BootstrapToken']).toHaveLength(32);
    expect(new Set(running.server.heard.map((heard) => heard.identity)).size).toBe(1);
  });

  it('shows the same certificate in a header where there is no TLS', async () => {
    const running = await start(aFleetOf({}), new Desk(undefined).answer, { withIdentity: true });
    expect(running.server.heard[0]?.identity).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([false, true])('signs every message instead, when the profile says so; TLS: %s', async (isSecure) => {
    const running = await start(aFleetOf({}), new Desk(undefined).answer, { isSecure, proof: 'signature' });
    await running.push();
    expect(running.heard()).toEqual(['Authenticate', 'TokenUpdate', 'Idle']);
    const identities = running.server.heard.map((heard) => heard.identity);
    expect(identities[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(identities).size).toBe(1);
  });

  it.each([
    ['nobody with a secure token logs in', { bootstrapToken: false }],
    ['macOS is older than 10.15', { architecture: 'intel', osVersion: '10.14.6', osBuild: '18G103' }],
  ])('escrows nothing when %s', async (_, change) => {
    const running = await start(aFleetOf(change), new Desk(undefined).answer);
    await running.pass(30);
    expect(running.heard()).toEqual(['Authenticate', 'TokenUpdate']);
  });

  it('waits until the Mac is awake', async () => {
    const running = await start(aFleetOf({ awake: { from: '07:00', to: '08:00' } }), new Desk(undefined).answer);
    await running.pass(59);
    expect(running.heard()).toEqual([]);
    await running.pass(2);
    expect(running.heard()).toEqual(['Authenticate', 'TokenUpdate', 'SetBootstrapToken']);
  });

  it('is not repeated by a second start, which goes on with key, certificate and state', async () => {
    const running = await start(aFleetOf({}), new Desk(undefined).answer, { isSecure: true });
    await running.pass(2);
    await running.restart();
    running.heard();
    await running.push();
    expect(running.heard()).toEqual(['Idle']);
    expect(new Set(running.server.heard.map((heard) => heard.identity)).size).toBe(1);
  });
});

describe('a push', () => {
  it('makes the Mac say Idle, and the conversation goes on until an empty 200', async () => {
    const running = await start(aFleetOf({}), handingOut(INFO, SECURITY));
    running.heard();
    expect(await running.push()).toBe(200);
    expect(running.heard()).toEqual(['Idle', 'Acknowledged', 'Acknowledged']);
    const [idle, info] = running.server.heard.slice(2);
    expect(idle).toMatchObject({ path: '/mdm/connect', contentType: 'application/x-apple-aspen-mdm; charset=UTF-8' });
    expect(idle?.message).not.toHaveProperty('CommandUUID');
    expect(info?.message).toMatchObject({ CommandUUID: 'c1', QueryResponses: { OSVersion: '12.4' } });
    await running.pass(60, 10);
    expect(running.heard()).toEqual(['SetBootstrapToken']);
  });

  /** Holds back the reply to each command's answer for so many minutes. */
  const slowly = (minutes: number, answer: Answering, clock: () => Running['clock'] | undefined): Answering => {
    return (heard) => {
      if (heard.message['CommandUUID'] !== undefined) clock()?.advance(minutes * 60_000);
      return answer(heard);
    };
  };

  it('time passes for the Mac while a reply is held: a scan is over by then', async () => {
    const commands = [{ RequestType: 'ScheduleOSUpdateScan', Force: true }, { RequestType: 'AvailableOSUpdates' }];
    const running: Running = await start(
      aFleetOf({}),
      slowly(3, handingOut(...commands), () => running.clock),
    );
    await running.push();
    expect(running.server.heard.at(-1)?.message['AvailableOSUpdates']).toMatchObject([{ Version: '12.5.1' }]);
  });

  it('a reply that comes when the Mac has begun its restart is not heard, and the last answer comes again after it', async () => {
    const update = { ProductVersion: '12.5.1', InstallAction: 'InstallASAP' };
    const commands = [
      { RequestType: 'ScheduleOSUpdateScan', Force: true },
      { RequestType: 'ScheduleOSUpdate', Updates: [update] },
      INFO,
    ];
    const intel = { architecture: 'intel', model: 'MacBookPro16,1', softwareUpdateDeviceId: 'J152fAP' };
    const running: Running = await start(
      aFleetOf({ ...intel, alreadyCached: true }),
      slowly(10, handingOut(...commands), () => running.clock),
    );
    await running.push();
    const said = () => running.server.heard.map(({ message }) => message['CommandUUID']).filter(Boolean);
    expect(said()).toEqual(['c1', 'c2']);
    await running.pass(60);
    expect(said()).toEqual(['c1', 'c2', 'c2']);
    expect(running.macs.macs()[0]).toMatchObject({ version: '12.5.1', installs: 1 });
  });

  it('is kept for a sleeping Mac, the last one, and delivered when it wakes', async () => {
    const fleet = aFleetOf({ bootstrapToken: false, awake: { from: '05:00', to: '06:30' } });
    const running = await start(fleet, new Desk(undefined).answer);
    await running.pass(60, 10);
    running.heard();
    expect([await running.push(), await running.push()]).toEqual([200, 200]);
    expect(running.heard()).toEqual([]);
    await running.restart();
    await running.pass(23 * 60, 30);
    expect(running.heard()).toEqual(['Idle']);
  });

  it('begins a conversation that ends before the Mac goes to sleep', async () => {
    const fleet = aFleetOf({ bootstrapToken: false, awake: { from: '05:00', to: '06:30' } });
    const desk = handingOut(INFO, SECURITY);
    const running: Running = await start(fleet, (heard) => {
      if (heard.message['Status'] === 'Idle') running.clock.advance(60 * 60_000);
      return desk(heard);
    });
    running.heard();
    await running.push();
    expect(running.heard()).toEqual(['Idle', 'Acknowledged', 'Acknowledged']);
    await running.push();
    expect(running.heard()).toEqual([]);
  });

  it('is refused: unknown token 410, wrong magic 400, anything but {"mdm": …} 400', async () => {
    const running = await start(aFleetOf({}), new Desk(undefined).answer);
    const unknown = await fetch(`http://127.0.0.1:${running.macs.pushPort}/3/device/00ff`, {
      method: 'POST',
      body: '{"mdm":"x"}',
    });
    expect([unknown.status, await unknown.json()]).toEqual([410, { reason: 'Unregistered' }]);
    expect(await running.push(0, { magic: 'stale' })).toBe(400);
    expect(await running.push(0, { body: '{"mdm":"x","aps":{}}' })).toBe(400);
    expect(await running.push(0, { body: 'push' })).toBe(400);
    expect(running.macs.macs()[0]?.defects).toMatchObject([{ kind: 'wrong-push-magic' }]);
    expect(running.heard()).toEqual(['Authenticate', 'TokenUpdate']);
  });
});

describe('a server in trouble', () => {
  it.each<[string, ReturnType<Answering>]>([
    ['500', { status: 500 }],
    ['400', { status: 400 }],
    ['a broken connection', undefined],
  ])('%s: the result is kept and sent again until it is taken', async (_, trouble) => {
    let troubles = 3;
    const desk = handingOut(INFO);
    const running = await start(aFleetOf({ bootstrapToken: false }), (heard) =>
      heard.message['Status'] === 'Acknowledged' && troubles-- > 0 ? trouble : desk(heard),
    );
    await running.push();
    await running.pass(10);
    const results = running.server.heard.filter(({ message }) => message['Status'] === 'Acknowledged');
    expect(results).toHaveLength(4);
    expect(new Set(results.map(({ message }) => JSON.stringify(message))).size).toBe(1);
    expect(running.macs.macs()[0]).toMatchObject({ enrollment: 'enrolled', defects: [] });
  });

  it('401 makes the Mac drop its enrollment, for good', async () => {
    const running = await start(aFleetOf({}), ({ path }) => ({ status: path === '/mdm/connect' ? 401 : 200 }));
    await running.push();
    expect(running.macs.macs()[0]).toMatchObject({
      enrollment: 'dropped',
      defectCount: 1,
      defects: [{ kind: 'unauthorized' }],
    });
    expect(running.log).toContain('lab-1: ENROLLMENT DROPPED');
    running.heard();
    expect(await running.push()).toBe(410);
    await running.restart();
    await running.pass(60, 10);
    expect(running.heard()).toEqual([]);
  });

  it.each([
    ['14.5', '23F79', 'dropped'],
    ['12.4', '21F79', 'enrolled'],
  ])('403 com.apple.unrecognized.device: macOS %s (%s) is %s', async (osVersion, osBuild, enrollment) => {
    const body = JSON.stringify({ code: 'com.apple.unrecognized.device' });
    const running = await start(aFleetOf({ osVersion, osBuild, bootstrapToken: false }), ({ path }) =>
      path === '/mdm/connect' ? { status: 403, body } : { status: 200 },
    );
    await running.push();
    expect(running.macs.macs()[0]).toMatchObject({ enrollment, defects: [{ kind: 'unrecognized-device' }] });
  });

  it.each(['<html>Welcome</html>', '<plist version="1.0"><dict/></plist>', '{}'])(
    '200 with %s instead of nothing: CommandFormatError, and no endless conversation',
    async (garbage) => {
      const running = await start(aFleetOf({ bootstrapToken: false }), ({ path }) =>
        path === '/mdm/connect' ? { status: 200, body: garbage } : { status: 200 },
      );
      running.heard();
      await running.push();
      expect(running.heard()).toEqual(['Idle', 'CommandFormatError']);
      expect(running.macs.macs()[0]?.defects[0]).toMatchObject({ kind: 'malformed-reply' });
    },
  );

  it('a redirect is followed, and not remembered', async () => {
    const running = await start(aFleetOf({ bootstrapToken: false }), ({ path }) =>
      path === '/mdm/connect' ? { status: 301, location: '/elsewhere' } : { status: 200 },
    );
    await running.push();
    await running.push();
    const paths = running.server.heard.slice(2).map((heard) => heard.path);
    expect(paths).toEqual(['/mdm/connect', '/elsewhere', '/mdm/connect', '/elsewhere']);
  });
});

describe('NotNow (1.5)', () => {
  const napping = { bootstrapToken: false, notNow: { first: 1, minutes: 15 } };

  it('as the last word: the Mac comes back by itself when conditions change', async () => {
    const running = await start(aFleetOf(napping), handingOut(INFO));
    running.heard();
    await running.push();
    expect(running.heard()).toEqual(['Idle', 'NotNow']);
    await running.pass(14);
    expect(running.heard()).toEqual([]);
    await running.pass(1);
    expect(running.heard()).toEqual(['Idle']);
  });

  it('followed by a command that was done: it does not', async () => {
    const running = await start(aFleetOf(napping), handingOut(INFO, SECURITY));
    running.heard();
    await running.push();
    expect(running.heard()).toEqual(['Idle', 'NotNow', 'Acknowledged']);
    await running.pass(120, 5);
    expect(running.heard()).toEqual([]);
  });
});

describe('a whole update', () => {
  it('S19 by pushes every half hour: installed once, and the Mac connects by itself afterwards', async () => {
    const desk = new Desk('12.5.1');
    const running = await start(aFleetOf({}), desk.answer, { isSecure: true });
    for (let i = 0; i < 4; i++) {
      await running.push();
      await running.pass(30);
    }
    expect(running.macs.macs()[0]).toMatchObject({ version: '12.5.1', installs: 1, defectCount: 0 });
    expect(running.heard()).toContain('GetBootstrapToken');
    expect(running.log).toContain('lab-1: runs macOS 12.5.1 (21G83)');
    await running.macs.stop();
    const written = JSON.parse(readFileSync(running.summaryFile, 'utf8')) as FleetSummary;
    expect(written.macs).toEqual(running.macs.macs());
    expect(written.macs[0]?.answered['ScheduleOSUpdate InstallASAP']).toBeGreaterThan(1);
  });

  it('waits for the right bootstrap token, and says that the server lost it', async () => {
    const desk = new Desk('12.5.1');
    const running = await start(aFleetOf({ alreadyCached: true }), desk.answer);
    await running.pass(2);
    const [udid, token] = [...desk.tokens][0] ?? ['', new Uint8Array()];
    desk.tokens.clear();
    await running.push();
    await running.pass(3);
    await running.push();
    await running.pass(60);
    expect(running.macs.macs()[0]).toMatchObject({ installs: 0, installing: 'authorizing' });
    expect(running.macs.macs()[0]?.defects[0]).toMatchObject({ kind: 'bootstrap-token-wrong' });
    desk.tokens.set(udid, token);
    await running.pass(90);
    expect(running.macs.macs()[0]).toMatchObject({ installs: 1, version: '12.5.1' });
  });
});

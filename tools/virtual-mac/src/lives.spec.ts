import { afterEach, describe, expect, it } from '@jest/globals';
import type { Instant } from '@managed-os/kernel';
import { addressOf } from './chance.js';
import { ENFORCEMENT } from './declarations/schema.js';
import { lifeOf } from './lives.js';
import { aSonomaMac, DeclaredMac } from './testing/declared-mac.js';
import { Desk } from './testing/desk.js';
import { aFleetOf } from './testing/one-mac.js';
import { Running } from './testing/running.js';

const WHEN = '2024-08-02T06:00:00.000Z';
const AFTER = '2024-08-02T07:00:00.000Z' as Instant;

/** A Mac that holds an enforcement when this happens to it. */
const living = async (event: object, change: object = {}): Promise<DeclaredMac> => {
  const one = await new DeclaredMac(aSonomaMac({ ...change, events: [{ at: WHEN, ...event }] })).enrolled();
  one.desk.activate('enforce', ENFORCEMENT, { TargetOSVersion: '14.6', TargetLocalDateTime: '2024-08-20T18:00:00' });
  return one.sync();
};
const checkIns = (one: DeclaredMac): readonly unknown[] =>
  one.desk.heard.splice(0).flatMap((message) => message['MessageType'] ?? []);

describe('a Mac that is enrolled anew', () => {
  it.each(['wiped', 'replaced', 're-enrolled'] as const)(
    '%s: from the beginning, with other secrets and no declarations',
    async (what) => {
      const one = await living({ what });
      const before = one.present;
      const token = one.desk.tokens.get(before.udid);
      await one.until('2024-08-02T05:59:00.000Z' as Instant);
      checkIns(one);
      one.desk.asked.splice(0);
      await one.until(AFTER);
      expect(checkIns(one)).toEqual(['Authenticate', 'TokenUpdate', 'SetBootstrapToken']);
      expect(one.desk.asked).toEqual([]);
      expect(one.state).toMatchObject({ enrollment: 'enrolled', life: 1, declarative: null, enforced: null });
      expect(one.present.udid === before.udid).toBe(what !== 'replaced');
      expect(one.present.serial).toBe(before.serial);
      expect(addressOf(one.present).token).not.toEqual(addressOf(before).token);
      expect(one.desk.tokens.get(one.present.udid)).not.toEqual(token);
    },
  );

  it('takes pushes to its new address only, and begins declarations again when told to', async () => {
    const one = await living({ what: 're-enrolled' });
    const before = addressOf(one.present);
    await one.until(AFTER);
    one.desk.heard.splice(0);
    await one.push(before);
    expect(one.desk.heard).toEqual([]);
    await one.sync();
    expect(one.verdict('enforce')).toMatchObject({ active: true });
    expect(one.desk.reports.at(-1)).toMatchObject({
      StatusItems: { management: { 'client-capabilities': expect.anything() } },
    });
    expect(one.state.defects).toEqual([]);
  });

  it('notices a content that changed under its token since its last life (trap 4)', async () => {
    const one = await living({ what: 'wiped' });
    const token = one.desk.tokenOf('enforce');
    one.desk.offer(
      'enforce',
      ENFORCEMENT,
      { TargetOSVersion: '14.6.1', TargetLocalDateTime: '2024-08-20T18:00:00' },
      token,
    );
    await one.until(AFTER);
    await one.sync();
    expect(one.defects).toEqual(['content-changed-under-token']);
  });

  it('says CheckOut before, once, whatever comes of it, when its profile says so', async () => {
    const one = await living({ what: 're-enrolled', checkOut: true });
    checkIns(one);
    await one.until(AFTER);
    expect(checkIns(one)).toEqual(['CheckOut', 'Authenticate', 'TokenUpdate', 'SetBootstrapToken']);
  });

  it('is gone after it was unenrolled, until it is enrolled again', async () => {
    const mac = aSonomaMac({
      events: [
        { at: WHEN, what: 'unenrolled', checkOut: true },
        { at: '2024-08-04T06:00:00Z', what: 're-enrolled', checkOut: true },
      ],
    });
    const one = await new DeclaredMac(mac).enrolled();
    await one.until(AFTER);
    expect(checkIns(one).at(-1)).toBe('CheckOut');
    expect(one.state.enrollment).toBe('dropped');
    await one.push();
    await one.until('2024-08-05T00:00:00.000Z' as Instant);
    expect(checkIns(one)).toEqual(['Authenticate', 'TokenUpdate', 'SetBootstrapToken']);
  });

  it('goes on in its new life when the process ends', async () => {
    const one = await living({ what: 'replaced' });
    await one.until(AFTER);
    const { udid } = one.present;
    await one.restart();
    expect(one.present.udid).toBe(udid);
    await one.sync();
    expect(one.verdict('enforce')).toMatchObject({ active: true });
  });

  it('keeps an update that macOS had begun when only its profile went', async () => {
    const one = await living({ what: 're-enrolled' });
    one.desk.withdraw('enforce');
    await one.sync();
    one.desk.command({ RequestType: 'ScheduleOSUpdateScan' });
    await one.push();
    await one.until('2024-08-02T05:59:00.000Z' as Instant);
    const updates = [{ ProductVersion: '14.6', InstallAction: 'InstallASAP' }];
    one.desk.command({ RequestType: 'ScheduleOSUpdate', Updates: updates });
    await one.push();
    await one.until('2024-08-02T09:00:00.000Z' as Instant);
    expect(one.state).toMatchObject({ osVersion: '14.6', installs: 1, life: 1 });
  });
});

describe('over real sockets', () => {
  let running: Running | undefined;
  afterEach(() => running?.stop());

  it('has a new certificate in its new life, and the same one in each', async () => {
    const at = '2022-09-10T07:00:00Z';
    running = await Running.start(aFleetOf({ events: [{ at, what: 'wiped' }] }), new Desk(undefined).answer, {
      isSecure: true,
    });
    await running.pass(70);
    await running.restart();
    expect(running.heard()).toEqual([
      ...['Authenticate', 'TokenUpdate', 'SetBootstrapToken'],
      ...['Authenticate', 'TokenUpdate', 'SetBootstrapToken'],
    ]);
    const identities = running.server.heard.map((heard) => heard.identity);
    expect(new Set(identities.slice(0, 3)).size).toBe(1);
    expect(new Set(identities.slice(3)).size).toBe(1);
    expect(identities[3]).not.toBe(identities[0]);
  });
});

describe('lives', () => {
  it('of one Mac are always the same ones, and only a repair changes the UDID', () => {
    const events = ['wiped', 'replaced', 're-enrolled'].map((what, day) => ({
      at: `2024-08-0${day + 1}T00:00:00Z`,
      what,
    }));
    const mac = aSonomaMac({ events });
    const udids = [0, 1, 2, 3].map((life) => lifeOf(mac, life).udid);
    expect(udids).toEqual([mac.udid, mac.udid, udids[3], udids[3]]);
    expect(udids[3]).toMatch(/^00008103-[0-9A-F]{16}$/);
    expect(lifeOf(mac, 3)).toEqual(lifeOf(aSonomaMac({ events }), 3));
  });
});

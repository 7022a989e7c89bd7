import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addMillis } from '@managed-os/kernel';
import { commandRequested, DAY, Fixture, HOUR, until } from '../testing/fixture.js';
import { authority, type TestMac } from '../testing/test-mac.js';
import { ExpiringCertificates } from './expiring-certificates.js';
import { Leaving } from './leaving.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start();
  // The service must have been up for an hour before silence means anything.
  fixture.clock.advance(HOUR);
});
afterAll(() => fixture.close());

const left = (mac: TestMac) => fixture.named(mac, 'DeviceUnenrolled');
const wrote = (mac: TestMac) =>
  until(async () => {
    const row = await fixture.db
      .selectFrom('last_seen')
      .select('at')
      .where('device_id', '=', mac.deviceId)
      .executeTakeFirst();
    return row?.at === fixture.clock.now();
  });
const macOf = async (serialNumber: string): Promise<TestMac> => {
  const mac = fixture.mac();
  mac.serialNumber = serialNumber;
  await mac.enroll();
  await wrote(mac);
  return mac;
};
/** So many days, in which only these Macs say anything, every third. */
const pass = async (days: number, ...speaking: readonly TestMac[]): Promise<void> => {
  for (let left = days; left > 0; left -= 3) {
    fixture.clock.advance(Math.min(left, 3) * DAY);
    await Promise.all(
      speaking.map(async (mac) => {
        await mac.answerAll();
        await wrote(mac);
      }),
    );
  }
};

describe('a Mac that was wiped', () => {
  it('comes with a new certificate: its queue is cleared, progress is told, its token counts no more', async () => {
    const mac = await fixture.enrolledMac();
    await mac.checkin('SetBootstrapToken', '<key>BootstrapToken</key><data>AQID</data>');
    const commandId = await fixture.requested(commandRequested(mac));
    mac.become(authority.issue({ name: mac.udid }));
    expect((await mac.tokenUpdate()).status).toBe(403);
    await mac.enroll();
    expect(await fixture.named(mac, 'CommandNotSent')).toMatchObject([{ commandId, reason: 're_enrolled' }]);
    expect((await fixture.named(mac, 'DeviceEnrolled')).map(({ again }) => again)).toEqual([false, true]);
    expect((await fixture.named(mac, 'DeviceFactsChanged')).at(-1)).toMatchObject({ bootstrapTokenEscrowed: false });
    expect(await left(mac)).toEqual([]);
  });

  it('between Authenticate and TokenUpdate it is sent nothing', async () => {
    const mac = await fixture.enrolledMac();
    mac.become(authority.issue({ name: mac.udid }));
    await mac.authenticate();
    expect(await mac.idle()).toMatchObject({ status: 200, text: '' });
  });
});

describe('a Mac that was replaced: the serial number is the same, the UDID another', () => {
  it('has left when it falls silent while its successor speaks', async () => {
    const before = await macOf('C02REPLACED1');
    const commandId = await fixture.requested(commandRequested(before));
    const after = await macOf('C02REPLACED1');
    expect(await left(before)).toEqual([]);
    await pass(7, after);
    // Events come first, what was queued follows.
    await until(async () => (await fixture.named(before, 'CommandNotSent')).length === 1);
    expect(await left(before)).toMatchObject([{ reason: 'replaced' }]);
    expect((await fixture.named(before, 'DeviceFactsChanged')).at(-1)).toMatchObject({ mdmEnrolled: false });
    await until(async () => (await fixture.named(before, 'CommandNotSent')).length > 0);
    expect(await fixture.named(before, 'CommandNotSent')).toMatchObject([{ commandId, reason: 'unenrolled' }]);
    expect(await fixture.named(before, 'DeviceSilent')).toEqual([]);
    expect(await left(after)).toEqual([]);
  });

  it('has left when it was silent already', async () => {
    const before = await macOf('C02REPLACED2');
    await pass(7);
    await until(async () => (await fixture.named(before, 'DeviceSilent')).length === 1);
    const after = await macOf('C02REPLACED2');
    expect(await left(before)).toMatchObject([{ reason: 'replaced' }]);
    await after.tokenUpdate('another');
    expect(await left(before)).toHaveLength(1);
    await before.enroll();
    expect((await fixture.named(before, 'DeviceEnrolled')).map(({ again }) => again)).toEqual([false, true]);
  });

  it('two that both speak are two, and a word that many boards share is no serial number', async () => {
    const [one, other] = [await macOf('C02REPLACED3'), await macOf('C02REPLACED3')];
    const [first, second] = [await macOf('Not available'), await macOf('Not available')];
    await pass(8, one, other, second);
    await until(async () => (await fixture.named(first, 'DeviceSilent')).length === 1);
    for (const mac of [one, other, first, second]) expect(await left(mac)).toEqual([]);
  });
});

describe('a Mac that checks out says so once', () => {
  const untold = async (): Promise<TestMac> => {
    const mac = await fixture.enrolledMac();
    // As a crash leaves it that comes behind the row.
    await fixture.db
      .updateTable('enrollments')
      .set({ state: 'unenrolled', leaving: 'checked_out', push_token: null, push_magic: null })
      .where('device_id', '=', mac.deviceId)
      .execute();
    return mac;
  };

  it('and what a crash kept from being told is told with the next round, once', async () => {
    const mac = await untold();
    fixture.clock.advance(HOUR);
    await until(async () => (await left(mac)).length > 0);
    await fixture.service.app.get(Leaving).report();
    expect(await left(mac)).toMatchObject([{ reason: 'checked_out' }]);
    expect((await fixture.named(mac, 'DeviceFactsChanged')).at(-1)).toMatchObject({ mdmEnrolled: false });
  });

  it('or before it enrolls again', async () => {
    const mac = await untold();
    await mac.enroll();
    const lives = (await fixture.events(mac)).flatMap(({ type }) =>
      /^Device(Une|E)nrolled$/.test(type) ? [type] : [],
    );
    expect(lives).toEqual(['DeviceEnrolled', 'DeviceUnenrolled', 'DeviceEnrolled']);
  });
});

describe('certificates that end (section 1.7)', () => {
  it('are counted 60 days before, of Macs that are here', async () => {
    const counting = fixture.service.app.get(ExpiringCertificates);
    const real = fixture.clock.real.now();
    const ends = (days: number): string => addMillis(real, days * DAY);
    const before = await counting.runOnce(real);
    const [soon, later, gone] = [fixture.mac(), fixture.mac(), fixture.mac()];
    for (const [mac, days] of [
      [soon, 59],
      [later, 61],
      [gone, 1],
    ] as const) {
      mac.become(authority.issue({ name: mac.udid, to: ends(days) }));
      await mac.enroll();
    }
    await gone.checkin('CheckOut');
    expect(await counting.runOnce(real)).toBe(before + 1);
  });
});

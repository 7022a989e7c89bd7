import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addMillis } from '@managed-os/kernel';
import { commandRequested, DAY, Fixture, HOUR, MINUTE, until } from '../testing/fixture.js';
import type { TestMac } from '../testing/test-mac.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start();
});
afterAll(() => fixture.close());

const pushesTo = (mac: TestMac) => {
  const token = Buffer.from(`token-${mac.udid}`).toString('hex');
  return fixture.pushes.filter((push) => push.token === token);
};
const quiet = async (mac: TestMac, count: number) => {
  await until(() => pushesTo(mac).length >= count);
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(pushesTo(mac)).toHaveLength(count);
};

/** Of a Mac that is through with its enrollment; a push on its way then may arrive after the Mac has answered everything. */
const pushesSoFar = async (mac: TestMac): Promise<number> => {
  for (let seen = -1; seen !== pushesTo(mac).length;) {
    seen = pushesTo(mac).length;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return pushesTo(mac).length;
};

describe('a Mac is woken', () => {
  it('after its first TokenUpdate, with its own magic and nothing else; never before', async () => {
    const mac = fixture.mac();
    await mac.authenticate();
    await fixture.requested(commandRequested(mac));
    await quiet(mac, 0);
    await mac.tokenUpdate();
    await quiet(mac, 1);
    expect(pushesTo(mac)[0]?.body).toBe(`{"mdm":"magic-${mac.udid}"}`);
  });

  it('when something becomes sendable, again after 10 and 20 minutes, and no more once it connected', async () => {
    const mac = await fixture.enrolledMac();
    const before = await pushesSoFar(mac);
    await fixture.requested(commandRequested(mac, { notBefore: addMillis(fixture.clock.now(), 2 * MINUTE) }));
    await quiet(mac, before);
    for (const [minutes, pushes] of [
      [2, 1],
      [10, 2],
      [10, 2],
      [10, 3],
    ] as const) {
      fixture.clock.advance(minutes * MINUTE);
      await quiet(mac, before + pushes);
    }
    await mac.acknowledge((await mac.idle()).commandUuid, '<key>ScanInitiated</key><true/>');
    fixture.clock.advance(6 * HOUR);
    await quiet(mac, before + 3);
  });

  it('for a command that it was handed and never answered', async () => {
    const mac = await fixture.enrolledMac();
    await fixture.requested(commandRequested(mac));
    await mac.idle();
    const before = await pushesSoFar(mac);
    fixture.clock.advance(10 * MINUTE);
    await quiet(mac, before + 1);
  });

  it('not for NotNow, unless it forgets to come back for 6 hours (trap 2)', async () => {
    const mac = await fixture.enrolledMac();
    await fixture.requested(commandRequested(mac));
    await mac.connect('NotNow', (await mac.idle()).commandUuid);
    const before = await pushesSoFar(mac);
    fixture.clock.advance(5 * HOUR);
    await quiet(mac, before);
    fixture.clock.advance(HOUR);
    await quiet(mac, before + 1);
  });

  it('no more when its token is refused, until it brings another', async () => {
    const mac = await fixture.enrolledMac();
    const before = await pushesSoFar(mac);
    fixture.pushStatus = 410;
    await fixture.requested(commandRequested(mac));
    await quiet(mac, before + 1);
    fixture.clock.advance(DAY);
    await quiet(mac, before + 1);
    fixture.pushStatus = 200;
    await mac.tokenUpdate('another magic');
    await quiet(mac, before + 2);
    expect(pushesTo(mac).at(-1)?.body).toBe('{"mdm":"another magic"}');
  });

  it('soon again when the push service was down, which does not count against the Mac', async () => {
    const mac = await fixture.enrolledMac();
    const before = await pushesSoFar(mac);
    fixture.pushStatus = 500;
    await fixture.requested(commandRequested(mac));
    await quiet(mac, before + 1);
    await until(async () => (await attemptsOf(mac)) === 0);
    fixture.clock.advance(MINUTE);
    await quiet(mac, before + 2);
    fixture.pushStatus = 200;
  });
});

describe('a Mac is silent (X11)', () => {
  it('after 7 days without a word; its next word is told; nothing new is written for the words in between', async () => {
    const mac = await fixture.enrolledMac();
    const since = fixture.clock.now();
    await until(async () => (await lastSeen(mac)) === since);
    // The service must have been up for an hour before silence means anything.
    fixture.clock.advance(HOUR);
    fixture.clock.advance(7 * DAY);
    await until(async () => (await fixture.named(mac, 'DeviceSilent')).length === 1);
    expect(await fixture.named(mac, 'DeviceSilent')).toMatchObject([{ since }]);
    await mac.answerAll();
    await mac.idle();
    expect(await fixture.named(mac, 'DeviceHeard')).toHaveLength(1);
    const before = await fixture.events(mac);
    fixture.clock.advance(HOUR);
    await Promise.all([mac.idle(), mac.idle(), mac.idle()]);
    expect(await fixture.events(mac)).toEqual(before);
    await until(async () => (await lastSeen(mac)) === fixture.clock.now());
  });
});

const attemptsOf = async (mac: TestMac) =>
  (
    await fixture.db
      .selectFrom('enrollments')
      .select('push_attempts')
      .where('device_id', '=', mac.deviceId)
      .executeTakeFirst()
  )?.push_attempts;

const lastSeen = async (mac: TestMac) =>
  (await fixture.db.selectFrom('last_seen').select('at').where('device_id', '=', mac.deviceId).executeTakeFirst())?.at;

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commandRequested, DAY, type Fixture, HOUR, until } from '../testing/fixture.js';
import { type TestMac } from '../testing/test-mac.js';

/** How Macs go, whoever they speak to. */
export const livesContract = (start: () => Promise<Fixture>): void => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await start();
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
};

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commandRequested, type Fixture } from '../testing/fixture.js';
import { string, type TestMac } from '../testing/test-mac.js';

/** How Macs come, whoever they speak to. */
export const enrollmentContract = (start: () => Promise<Fixture>): void => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await start();
  });
  afterAll(() => fixture.close());

  const names = async (mac: TestMac) => (await fixture.events(mac)).map((event) => event.type);

  describe('a Mac comes', () => {
    it('says everything twice, and it counts once', async () => {
      const mac = fixture.mac();
      for (const step of [
        () => mac.authenticate(),
        () => mac.authenticate(),
        () => mac.tokenUpdate(),
        () => mac.tokenUpdate(),
      ]) {
        expect((await step()).status).toBe(200);
      }
      expect(await names(mac)).toEqual(['DeviceEnrolled', 'DeviceFactsChanged']);
      const open = await fixture.db
        .selectFrom('commands')
        .select('kind')
        .where('device_id', '=', mac.deviceId)
        .execute();
      expect(open.map((row) => row.kind).toSorted()).toEqual(['daily_inventory', 'daily_security', 'inventory']);
    });

    it('a crash after the events and before the rows: the repeated TokenUpdate completes it', async () => {
      const mac = fixture.mac();
      await mac.authenticate();
      await mac.tokenUpdate();
      await fixture.db.deleteFrom('commands').where('device_id', '=', mac.deviceId).execute();
      await fixture.db
        .updateTable('enrollments')
        .set({ state: 'authenticated' })
        .where('device_id', '=', mac.deviceId)
        .execute();
      expect((await mac.tokenUpdate()).status).toBe(200);
      expect(await names(mac)).toEqual(['DeviceEnrolled', 'DeviceFactsChanged']);
      expect((await mac.idle()).requestType).toBe('DeviceInformation');
    });
  });

  describe('a Mac comes again', () => {
    it('a request that arrives in between waits: whoever sent it may know of the enrollment before its row says so', async () => {
      const mac = await fixture.enrolledMac();
      await mac.authenticate();
      await fixture.requested(commandRequested(mac));
      await mac.tokenUpdate();
      expect((await mac.answerAll()).requestType).toBe('ScheduleOSUpdateScan');
      expect(await fixture.named(mac, 'CommandNotSent')).toEqual([]);
    });
  });

  describe('the user channel (trap 30)', () => {
    it('has a token of its own, no commands, and no say over the Mac', async () => {
      const mac = await fixture.enrolledMac();
      await fixture.requested(commandRequested(mac));
      const user = string('UserID', 'G-1') + string('UserShortName', 'jo');
      expect((await mac.tokenUpdate('magic of a user', user)).status).toBe(200);
      const row = await fixture.db
        .selectFrom('enrollments')
        .selectAll()
        .where('device_id', '=', mac.deviceId)
        .executeTakeFirstOrThrow();
      expect(row.push_magic).toBe(`magic-${mac.udid}`);
      expect(await mac.idle(user)).toMatchObject({ status: 200, text: '' });
      expect((await mac.checkin('CheckOut', user)).status).toBe(200);
      expect((await mac.checkin('UserAuthenticate', user)).status).toBe(410);
      expect((await mac.idle()).requestType).toBe('ScheduleOSUpdateScan');
    });
  });
};

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addMillis } from '@managed-os/kernel';
import { commandRequested, DAY, Fixture, HOUR, until } from '../testing/fixture.js';
import { authority, type TestMac } from '../testing/test-mac.js';
import { ExpiringCertificates } from './expiring-certificates.js';
import { Leaving } from './leaving.js';
import { livesContract } from './lives.contract.js';

livesContract(() => Fixture.start());

describe('a Mac that speaks to this server', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await Fixture.start();
  });
  afterAll(() => fixture.close());

  const left = (mac: TestMac) => fixture.named(mac, 'DeviceUnenrolled');

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
});

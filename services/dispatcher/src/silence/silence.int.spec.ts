import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addMillis, type Instant } from '@managed-os/kernel';
import type { HandleDevice } from '../commands/settling.js';
import { Leaving } from '../enrollment/leaving.js';
import { Pulse } from '../pulse.js';
import { DAY, Fixture, HOUR, until } from '../testing/fixture.js';
import type { TestMac } from '../testing/test-mac.js';
import { HANDLE_DEVICE } from '../tokens.js';
import { LastSeen } from './last-seen.js';
import { Silence } from './silence.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start();
});
afterAll(() => fixture.close());

const rowBecomes = (mac: TestMac, silent_since: Instant | null) =>
  fixture.db.updateTable('enrollments').set({ silent_since }).where('device_id', '=', mac.deviceId).execute();
const silences = async (mac: TestMac) =>
  (await fixture.events(mac)).flatMap(({ type }) => (['DeviceSilent', 'DeviceHeard'].includes(type) ? [type] : []));

describe('a silence (X11)', () => {
  it('that a crash kept from being told is told after the next start, once', async () => {
    const [mac, spoke] = [await fixture.enrolledMac(), await fixture.enrolledMac()];
    const since = fixture.clock.now();
    for (const each of [mac, spoke]) await rowBecomes(each, since);
    await spoke.idle();
    await fixture.service.restart();
    fixture.clock.advance(2 * HOUR);
    await until(async () => (await silences(mac)).length > 0);
    expect(await silences(mac)).toEqual(['DeviceSilent']);
    expect(await silences(spoke)).toEqual([]);
    await mac.idle();
    expect(await silences(mac)).toEqual(['DeviceSilent', 'DeviceHeard']);
  });

  it('is told of a Mac that began to enroll again and never came to its end', async () => {
    const mac = await fixture.enrolledMac();
    await mac.authenticate();
    const { clock } = fixture;
    const silence = fixture.service.app.get(Silence);
    await silence.runOnce(addMillis(clock.now(), 8 * DAY));
    expect(await silences(mac)).toEqual(['DeviceSilent']);
    await mac.tokenUpdate();
    expect(await silences(mac)).toEqual(['DeviceSilent', 'DeviceHeard']);
  });

  it('of a Mac that speaks before it is told has its end told too', async () => {
    const mac = await fixture.enrolledMac();
    const app = fixture.service.app;
    const handle = app.get<HandleDevice>(HANDLE_DEVICE);
    const spoken: HandleDevice = async (id, input, context) => {
      if (input.type === 'NotHeard' && id === mac.deviceId) await rowBecomes(mac, null);
      return handle(id, input, context);
    };
    const { clock, db } = fixture;
    const silence = new Silence(db, app.get(LastSeen), app.get(Leaving), spoken, clock, new Pulse(clock));
    await silence.runOnce(addMillis(clock.now(), 8 * DAY));
    expect(await silences(mac)).toEqual(['DeviceSilent', 'DeviceHeard']);
  });
});

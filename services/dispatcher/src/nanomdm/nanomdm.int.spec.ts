import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commandRequested, Fixture, obligationOf } from '../testing/fixture.js';
import { string } from '../testing/test-mac.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.besideNanomdm();
});
afterAll(() => fixture.close());

const scanned = '<key>ScanInitiated</key><true/>';

describe('smoke', () => {
  it('enrolls, and a command goes out', async () => {
    const mac = await fixture.enrolledMac();
    expect((await fixture.events(mac)).map((e) => e.type)).toEqual([
      'DeviceEnrolled',
      'DeviceFactsChanged',
      'DeviceFactsChanged',
    ]);
    const id = await fixture.requested(commandRequested(mac));
    const reply = await mac.idle();
    expect(reply).toMatchObject({ commandUuid: id, requestType: 'ScheduleOSUpdateScan' });
    await mac.acknowledge(id, scanned);
    expect(await fixture.named(mac, 'CommandAnswered')).toHaveLength(1);
    fixture.owes(() => ({ obligationId: obligationOf(mac), status: 'due', target: '12.6' }));
    await fixture.requested(
      commandRequested(mac, { kind: 'install', productKey: 'MSU', installAction: 'InstallASAP' }),
    );
    const first = await mac.idle();
    expect(first.requestType).toBe('DeviceInformation');
    const second = await mac.acknowledge(first.commandUuid, mac.information());
    expect(second.requestType).toBe('ScheduleOSUpdate');
    expect(string('a', 'b')).toContain('a');
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Fixture, HOUR, MINUTE } from '../testing/fixture.js';
import type { TestMac } from '../testing/test-mac.js';
import { watchIdOf, watching } from '../testing/watching.js';
import { watchesContract } from './watches.contract.js';

watchesContract(() => Fixture.start());

describe('a Mac that speaks to this server, and is watched while it installs', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await Fixture.start();
  });
  afterAll(() => fixture.close());
  const { watched } = watching(() => fixture);

  it.each([
    ['comes back', (mac: TestMac) => mac.idle()],
    [
      'comes back and says again what it had said before',
      (mac: TestMac, said: string | undefined) => mac.acknowledge(said, mac.information('13.7.8')),
    ],
  ])('restarts between the two halves of a poll, %s, and is asked for its version anew (trap 24)', async (_, back) => {
    const mac = await fixture.enrolledMac('13.7.8');
    await watched(mac, { subject: 'install' });
    fixture.clock.advance(10 * MINUTE);
    const first = await mac.idle();
    expect((await mac.acknowledge(first.commandUuid, mac.information('13.7.8'))).requestType).toBe('OSUpdateStatus');
    fixture.clock.advance(HOUR);
    const again = await back(mac, first.commandUuid);
    expect(again.requestType).toBe('DeviceInformation');
    expect(again.commandUuid).not.toBe(first.commandUuid);
    await mac.acknowledge(again.commandUuid, mac.information('27.0'));
    expect(await fixture.named(mac, 'WatchReported')).toMatchObject([{ report: 1, osVersion: '27.0', statuses: [] }]);
    const open = await fixture.db
      .selectFrom('commands')
      .select('kind')
      .where('watch_id', '=', watchIdOf(mac))
      .where('state', 'in', ['queued', 'sent', 'deferred'])
      .execute();
    expect(open).toEqual([{ kind: 'watch_inventory' }]);
  });
});

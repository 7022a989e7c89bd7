import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addMillis } from '@managed-os/kernel';
import { commandRequested, Fixture, HOUR } from '../testing/fixture.js';
import { CommandQueue } from './queue.js';
import { sendableTo } from './sendable.js';

describe('what several Macs may be sent, read at once', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await Fixture.start();
  });
  afterAll(() => fixture.close());

  const kindsOf = (commands: readonly { readonly kind: string }[]): readonly string[] =>
    commands.map(({ kind }) => kind);

  it('is each one’s own, in its order, by its own time and stage of conversation, also of one Mac twice', async () => {
    const [first, second, idle] = [
      await fixture.enrolledMac(),
      await fixture.enrolledMac(),
      await fixture.enrolledMac(),
    ];
    await fixture.requested(commandRequested(first, { kind: 'scan' }));
    await fixture.requested(commandRequested(second, { kind: 'available' }));
    await fixture.requested(
      commandRequested(first, { kind: 'inventory', notAfter: addMillis(fixture.clock.now(), HOUR) }),
    );
    expect((await first.idle()).requestType).toBe('ScheduleOSUpdateScan');
    const now = fixture.clock.now();
    const of = ({ deviceId }: { readonly deviceId: string }, beginning: boolean, at = now) => ({
      deviceId,
      now: at,
      beginning,
    });
    const asked = [
      of(idle, true),
      of(first, true),
      of(second, false),
      of(first, false),
      of(first, true, addMillis(now, 2 * HOUR)),
      of({ deviceId: '00000000-0000-4000-8000-000000000000' }, true),
    ];
    const together = await sendableTo(fixture.db, asked);
    expect(together.map(kindsOf)).toEqual([[], ['scan', 'inventory'], ['available'], ['inventory'], ['scan'], []]);
    expect(together[1]?.[0]).toEqual(
      await fixture.db
        .selectFrom('commands')
        .selectAll()
        .where('kind', '=', 'scan')
        .where('device_id', '=', first.deviceId)
        .executeTakeFirst(),
    );
    const queue = new CommandQueue(fixture.db);
    expect(
      await Promise.all(asked.map(({ deviceId, now: at, beginning }) => queue.sendable(deviceId, at, beginning))),
    ).toEqual(together);
  });
});

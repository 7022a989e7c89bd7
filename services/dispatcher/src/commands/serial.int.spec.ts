import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { addMillis, reactionId } from '@managed-os/kernel';
import { sql } from 'kysely';
import { DAY, Fixture, MINUTE, obligationOf, until } from '../testing/fixture.js';
import type { TestMac } from '../testing/test-mac.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start();
});
afterAll(() => fixture.close());

const nothing = '<key>OSUpdateStatus</key><array/>';
const watched = async (mac: TestMac): Promise<string> => {
  const watchId = reactionId('watch', mac.deviceId);
  await fixture.request({
    ...{ type: 'WatchRequested', deviceId: mac.deviceId, watchId, obligationId: obligationOf(mac) },
    ...{ attempt: 1, try: 1, subject: 'download', intervalSeconds: 600, longestIntervalSeconds: 3_600 },
    ...{ silentAfterSeconds: 12 * 3_600, stopAfter: addMillis(fixture.clock.now(), 14 * DAY) },
  });
  await until(() =>
    fixture.db.selectFrom('watches').select('state').where('watch_id', '=', watchId).executeTakeFirst(),
  );
  return watchId;
};

/** Holds a Mac's enrollment as a push does, lets `meanwhile` begin and come as far as it can, then touches its commands. */
const whileHeld = (mac: TestMac, meanwhile: () => Promise<unknown>): Promise<unknown> =>
  fixture.db.transaction().execute(async (tx) => {
    await tx.selectFrom('enrollments').select('udid').where('device_id', '=', mac.deviceId).forUpdate().execute();
    const other = meanwhile();
    await until(async () => {
      const { rows } = await sql`select 1 from pg_locks where not granted`.execute(fixture.db);
      return rows.length > 0;
    });
    await tx
      .updateTable('commands')
      .set({ wake_at: fixture.clock.now() })
      .where('device_id', '=', mac.deviceId)
      .execute();
    return { other };
  });

it('an answer that changes what is known of a Mac, and a push to it, never wait for each other', async () => {
  const mac = fixture.mac();
  await mac.authenticate();
  await mac.tokenUpdate();
  const { commandUuid } = await mac.idle();
  // No push under way: its answer alone is to meet the one that is held.
  await fixture.db.updateTable('commands').set({ wake_at: null }).where('device_id', '=', mac.deviceId).execute();
  await fixture.db.updateTable('enrollments').set({ push_attempts: 0 }).execute();
  let answered: ReturnType<TestMac['acknowledge']> | undefined;
  await whileHeld(mac, () => (answered = mac.acknowledge(commandUuid, mac.information('12.4'))));
  expect((await answered)?.status).toBe(200);
  const row = await fixture.db
    .selectFrom('commands')
    .select('state')
    .where('command_id', '=', commandUuid ?? '')
    .executeTakeFirst();
  expect(row).toEqual({ state: 'answered' });
});

it('a watch that is closed while its Mac answers is not polled again', async () => {
  const mac = await fixture.enrolledMac();
  const watchId = await watched(mac);
  fixture.clock.advance(10 * MINUTE);
  const { commandUuid } = await mac.idle();
  let answered: ReturnType<TestMac['acknowledge']> | undefined;
  await fixture.db.transaction().execute(async (tx) => {
    await tx.updateTable('watches').set({ unchanged: 0 }).where('watch_id', '=', watchId).execute();
    answered = mac.acknowledge(commandUuid, nothing);
    await until(async () => (await fixture.named(mac, 'WatchReported')).length === 1);
    await tx
      .updateTable('watches')
      .set({ state: 'closed', ended_at: fixture.clock.now() })
      .where('watch_id', '=', watchId)
      .execute();
  });
  await answered;
  const polls = await fixture.db.selectFrom('commands').select('state').where('watch_id', '=', watchId).execute();
  expect(polls).toEqual([{ state: 'answered' }]);
});

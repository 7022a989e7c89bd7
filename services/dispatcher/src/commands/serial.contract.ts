import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Envelope, UpdatesEvent } from '@managed-os/contracts';
import { envelopeOf } from '@managed-os/contracts/testing';
import { reactionId } from '@managed-os/kernel';
import { sql } from 'kysely';
import { RequestsConsumer } from '../consumers/requests.consumer.js';
import { commandRequested, DAY, type Fixture, MINUTE, until } from '../testing/fixture.js';
import type { TestMac } from '../testing/test-mac.js';
import { watchIdOf, watching } from '../testing/watching.js';
import { CommandQueue } from './queue.js';

/** What crosses each other about one Mac, whoever it speaks to. */
export const serialContract = (start: () => Promise<Fixture>): void => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await start();
  });
  afterAll(() => fixture.close());

  const nothing = '<key>OSUpdateStatus</key><array/>';
  const { watchRequested, watched } = watching(() => fixture);

  /** Holds a Mac's enrollment as a push does, lets `meanwhile` begin and come as far as it can, then touches its commands. */
  const whileHeld = (mac: TestMac, meanwhile: () => Promise<unknown>): Promise<unknown> =>
    fixture.db.transaction().execute(async (tx) => {
      await tx.selectFrom('enrollments').select('udid').where('device_id', '=', mac.deviceId).forUpdate().execute();
      const other = meanwhile();
      await until(async () => {
        const { rows } = await sql`select 1 from pg_locks join pg_stat_activity using (pid)
          where not granted and datname = current_database()`.execute(fixture.db);
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
    await watched(mac);
    const watchId = watchIdOf(mac);
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

  describe('what crosses a new Authenticate of its Mac', () => {
    const consumer = () => fixture.service.app.get(RequestsConsumer);
    const message = <E extends UpdatesEvent>(event: E): Envelope<E> =>
      envelopeOf(event, { id: reactionId('crossing', event.type) }) as Envelope<E>;
    const openCommands = (mac: TestMac) =>
      fixture.db
        .selectFrom('commands')
        .select('kind')
        .where('device_id', '=', mac.deviceId)
        .where('ended_at', 'is', null)
        .orderBy('kind')
        .execute();
    const stateOf = (mac: TestMac) =>
      fixture.db.selectFrom('enrollments').select('state').where('device_id', '=', mac.deviceId).executeTakeFirst();

    /** `act` begins when the rows of an Authenticate are written and not yet visible, and comes as far as it can. */
    const crossing = async (mac: TestMac, act: () => Promise<unknown>): Promise<void> => {
      let over = false;
      let acting: Promise<unknown> | undefined;
      await fixture.db.transaction().execute(async (tx) => {
        await tx
          .updateTable('enrollments')
          .set((row) => ({ state: 'authenticated', number: row('number', '+', 1), push_token: null, push_magic: null }))
          .where('device_id', '=', mac.deviceId)
          .execute();
        const now = fixture.clock.now();
        await tx
          .updateTable('commands')
          .set({ state: 'not_sent', not_sent_reason: 're_enrolled', ended_at: now, wake_at: null })
          .where('device_id', '=', mac.deviceId)
          .where('ended_at', 'is', null)
          .execute();
        acting = act().finally(() => (over = true));
        await until(async () => {
          const { rows } = await sql`select 1 from pg_locks join pg_stat_activity using (pid)
          where not granted and datname = current_database()`.execute(fixture.db);
          return over || rows.length > 0;
        });
      });
      await acting;
    };

    it('a request waits behind it until the Mac is back', async () => {
      const mac = await fixture.enrolledMac();
      await crossing(mac, () => consumer().onCommandRequested(message(commandRequested(mac))));
      expect(await openCommands(mac)).toMatchObject([{ kind: 'scan' }]);
      await mac.tokenUpdate();
      expect((await mac.answerAll()).requestType).toBe('ScheduleOSUpdateScan');
      expect(await fixture.named(mac, 'CommandNotSent')).toEqual([]);
    });

    it('a watch is not polled before the Mac is back, and then once', async () => {
      const mac = await fixture.enrolledMac();
      await crossing(mac, () => consumer().onWatchRequested(message(watchRequested(mac))));
      expect(await openCommands(mac)).toEqual([]);
      await mac.tokenUpdate();
      expect((await openCommands(mac)).filter(({ kind }) => kind === 'watch_status')).toHaveLength(1);
    });

    it('a CheckOut ends the enrollment before, not the new one', async () => {
      const mac = await fixture.enrolledMac();
      await crossing(mac, () => mac.checkin('CheckOut'));
      expect(await stateOf(mac)).toEqual({ state: 'authenticated' });
      expect((await mac.tokenUpdate()).status).toBe(200);
      expect((await fixture.named(mac, 'DeviceFactsChanged')).at(-1)).toMatchObject({ mdmEnrolled: true });
    });

    it('a TokenUpdate of the enrollment before does not complete the new one', async () => {
      const mac = await fixture.enrolledMac();
      await crossing(mac, () => mac.tokenUpdate('another magic'));
      expect(await stateOf(mac)).toEqual({ state: 'authenticated' });
      await mac.tokenUpdate();
      expect((await fixture.named(mac, 'DeviceEnrolled')).map(({ again }) => again)).toEqual([false, true]);
      expect((await openCommands(mac)).map(({ kind }) => kind)).toEqual([
        'daily_inventory',
        'daily_security',
        'inventory',
      ]);
    });

    it('the answer to a question of the enrollment before does not make the daily ones two', async () => {
      const mac = await fixture.enrolledMac();
      fixture.clock.advance(DAY);
      const before = await mac.idle();
      expect(before.requestType).toBe('DeviceInformation');
      await mac.authenticate();
      await mac.tokenUpdate();
      await mac.acknowledge(before.commandUuid, mac.information());
      expect((await openCommands(mac)).map(({ kind }) => kind)).toEqual([
        'daily_inventory',
        'daily_security',
        'inventory',
      ]);
      // What it says of the Mac is true all the same.
      expect((await fixture.named(mac, 'DeviceFactsChanged')).at(-1)).toMatchObject({ supervised: true });
    });

    it('the answer to a poll of the enrollment before is no report and makes no second series of polls', async () => {
      const mac = await fixture.enrolledMac();
      await watched(mac);
      fixture.clock.advance(10 * MINUTE);
      const before = await mac.idle();
      expect(before.requestType).toBe('OSUpdateStatus');
      await mac.authenticate();
      await mac.tokenUpdate();
      await mac.acknowledge(before.commandUuid, nothing);
      expect(await fixture.named(mac, 'WatchReported')).toEqual([]);
      expect((await openCommands(mac)).filter(({ kind }) => kind === 'watch_status')).toHaveLength(1);
    });
  });

  it('the polls of a watch that ends are looked for among the commands of its Mac', async () => {
    const queue = fixture.service.app.get(CommandQueue);
    const [mac, other] = [await fixture.enrolledMac(), await fixture.enrolledMac()];
    await watched(mac);
    const watchId = watchIdOf(mac);
    const polls = () => fixture.db.selectFrom('commands').select('state').where('watch_id', '=', watchId).execute();
    await queue.dropPolls({ watchId, deviceId: other.deviceId }, fixture.clock.now(), fixture.db);
    expect(await polls()).toEqual([{ state: 'queued' }]);
    await queue.dropPolls({ watchId, deviceId: mac.deviceId }, fixture.clock.now(), fixture.db);
    expect(await polls()).toEqual([{ state: 'not_sent' }]);
  });
};

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DeadlinesEvent } from '@managed-os/contracts';
import { dyingAfter } from '../testing/dying-store.js';
import { facts, macId } from '../testing/facts.js';
import { at } from '../testing/looked.js';
import { openStoreFixture, type StoreFixture } from '../testing/store-fixture.js';

const UP = at('2022-01-01T00:00Z');
const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
const names = (events: readonly DeadlinesEvent[]) => events.map(({ type }) => type);
const FIRED = /Reached|Ended/;

/** Time in a store never runs back, so every test has its own. */
let fixture: StoreFixture;
beforeEach(async () => {
  fixture = await openStoreFixture(at('2022-06-01T06:00Z'));
  await fixture.tell(facts.automatic(1), facts.assigned(1, 1), facts.released('12.2', '2022-06-01'));
});
afterEach(() => fixture.close());

/** New Macs that owe 12.2 by 15 June 14:00, notify-from on 10 June 14:00. */
const enroll = async (from: number, count: number): Promise<readonly string[]> => {
  await fixture.tell(...range(from, count).flatMap((n) => [facts.device(n), facts.moved(n, 1)]));
  await fixture.plan();
  return range(from, count).map(macId);
};
const fireAll = async (now: string, loop = fixture.dueTimers()): Promise<void> => {
  for (;;) {
    const { handled } = await loop.runOnce(at(now), UP);
    await fixture.caughtUp();
    if (handled === 0) return;
  }
};
const fired = async (deviceId: string) => names(await fixture.eventsOf(deviceId)).filter((name) => FIRED.test(name));
const rows = async (deviceId: string) =>
  (
    await fixture.db
      .selectFrom('timers')
      .select(['purpose', 'due_at'])
      .where('device_id', '=', deviceId)
      .orderBy('due_at')
      .execute()
  ).map(({ purpose, due_at }) => `${purpose} ${due_at}`);

describe('timers (X8)', () => {
  it('X8 fire in order, never early, and can be seen', async () => {
    const [mac = ''] = await enroll(1, 1);
    expect(await rows(mac)).toEqual(['notify_from 2022-06-10T14:00:00.000Z', 'deadline 2022-06-15T14:00:00.000Z']);
    await fireAll('2022-06-10T13:59:59Z');
    expect(await fired(mac)).toEqual([]);
    await fireAll('2022-06-10T14:00Z');
    await fireAll('2022-06-15T14:00:03Z');
    expect(await fired(mac)).toEqual(['NotifyFromReached', 'DeadlineReached']);
    expect(await rows(mac)).toEqual(['countdown 2022-06-15T14:30:03.000Z']);
    await fireAll('2022-06-15T14:30:03Z');
    expect(await fired(mac)).toEqual(['NotifyFromReached', 'DeadlineReached', 'CountdownEnded']);
    expect(await rows(mac)).toEqual([]);
  });

  it('X8 names the next instant when nothing is due', async () => {
    const loop = fixture.dueTimers();
    await enroll(2, 1);
    expect(await loop.runOnce(at('2022-06-02T00:00Z'), UP)).toEqual({ handled: 0, nextAt: at('2022-06-10T14:00Z') });
  });

  it('X8 a server that was down across a deadline starts each enforcement once, marked late', async () => {
    const macs = await enroll(10, 20);
    const loops = [fixture.dueTimers(), fixture.dueTimers()];
    const now = at('2022-06-16T14:00Z');
    await Promise.all(loops.map((loop) => loop.runOnce(now, now)));
    await fixture.caughtUp();
    for (const mac of macs) {
      const events = (await fixture.eventsOf(mac)).filter(({ type }) => FIRED.test(type));
      expect(events).toEqual([
        expect.objectContaining({ type: 'NotifyFromReached', lateBecause: 'server_down', lateSeconds: 6 * 86_400 }),
        expect.objectContaining({ type: 'DeadlineReached', lateBecause: 'server_down', lateSeconds: 86_400 }),
      ]);
      expect(await rows(mac)).toEqual(['countdown 2022-06-16T14:30:00.000Z']);
    }
  });

  it('X8 a loop that is killed between append and row delete fires nothing twice', async () => {
    const macs = await enroll(40, 100);
    const now = '2022-06-15T15:00Z';
    await expect(fixture.dueTimers(dyingAfter(30, fixture.store)).runOnce(at(now), UP)).rejects.toThrow('killed');
    await Promise.all([fireAll(now), fireAll(now)]);
    for (const mac of macs) expect(await fired(mac)).toEqual(['NotifyFromReached', 'DeadlineReached']);
  });

  it('X8 two loops side by side, the clock months ahead and then back: each Mac once, in order', async () => {
    const macs = await enroll(200, 300);
    const ahead = '2022-09-01T00:00Z';
    await Promise.all([fireAll(ahead), fireAll(ahead), fireAll(ahead)]);
    // Back where nothing is due, nothing is fired and nothing is taken back.
    expect((await fixture.dueTimers().runOnce(at('2022-06-02T00:00Z'), UP)).handled).toBe(0);
    await fireAll('2022-09-01T00:00:01Z');
    for (const mac of macs) expect(await fired(mac)).toEqual(['NotifyFromReached', 'DeadlineReached']);
    expect(await rows(macs[0] ?? '')).toEqual([expect.stringMatching(/^countdown 2022-09-01T00:3/)]);
  });

  it('X8 a row that came back after it was fired meets its own end', async () => {
    const [mac = ''] = await enroll(150, 1);
    const before = await fixture.db
      .selectFrom('timers')
      .selectAll()
      .where('device_id', '=', mac)
      .where('purpose', '=', 'notify_from')
      .execute();
    await fireAll('2022-06-10T14:00Z');
    await fixture.db.insertInto('timers').values(before).execute();
    await fireAll('2022-06-10T14:00Z');
    expect(await fired(mac)).toEqual(['NotifyFromReached']);
    expect(await rows(mac)).toEqual(['deadline 2022-06-15T14:00:00.000Z']);
  });

  it('X8 one Mac that cannot be recorded does not hold up the others, and is tried again', async () => {
    const [first = '', second = ''] = await enroll(160, 2);
    const broken = new Proxy(fixture.store, {
      get: (target, name) =>
        name === 'append'
          ? (...args: Parameters<typeof target.append>) =>
              args[0].stream.endsWith(first) ? Promise.reject(new Error('down')) : target.append(...args)
          : Reflect.get(target, name, target).bind(target),
    });
    const loop = fixture.dueTimers(broken);
    expect(await loop.runOnce(at('2022-06-10T14:00Z'), UP)).toEqual({ handled: 1 });
    await expect(loop.runOnce(at('2022-06-10T14:00Z'), UP)).rejects.toThrow('down');
    await fixture.caughtUp();
    expect([await fired(first), await fired(second)]).toEqual([[], ['NotifyFromReached']]);
    await fireAll('2022-06-10T14:00Z');
    expect(await fired(first)).toEqual(['NotifyFromReached']);
  });

  it('X2 what a timer leads to names the event that set it, and its correlation', async () => {
    const [mac = ''] = await enroll(170, 1);
    await fireAll('2022-06-10T14:00Z');
    const stream = await fixture.store.readStream(`obligations-${mac}`);
    const set = stream.find(({ data }) => data.type === 'TimerSet' && data.purpose === 'notify_from');
    const reached = stream.find(({ data }) => data.type === 'NotifyFromReached');
    expect(reached).toMatchObject({
      causationId: set?.id,
      correlationId: set?.correlationId,
      actor: 'service:deadlines',
    });
  });

  it('X8 what fired late is kept, with the reason; what fired on time is not', async () => {
    await fixture.tell(facts.device(1), facts.moved(1, 1));
    await fixture.plan();
    const fire = async (now: string, upSince: string) => {
      await fixture.dueTimers().runOnce(at(now), at(upSince));
      await fixture.caughtUp();
    };
    const late = () => fixture.db.selectFrom('late_timers').selectAll().execute();
    await fire('2022-06-10T14:00Z', '2022-01-01T00:00Z');
    expect(await late()).toEqual([]);
    await fire('2022-06-15T16:00Z', '2022-06-15T15:00Z');
    expect(await late()).toEqual([
      expect.objectContaining({
        ...{ device_id: macId(1), purpose: 'deadline', due_at: '2022-06-15T14:00:00.000Z' },
        ...{ late_seconds: 7_200, because: 'server_down' },
      }),
    ]);
  });
});

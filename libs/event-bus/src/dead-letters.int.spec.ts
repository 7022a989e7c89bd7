import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@managed-os/kernel/testing';
import { headers } from '@nats-io/nats-core';
import { done } from './settlement.js';
import { mac, reached } from './testing/events.js';
import { type Handler, many, seen, StrategyFixture, upTo } from './testing/strategy-fixture.js';

let bus: StrategyFixture;
beforeEach(async () => {
  bus = await StrategyFixture.open();
});
afterEach(() => bus.close());

describe('dead letters', () => {
  it('a poisoned message parks its Mac: later ones are stored in order and acknowledged, other Macs go on', async () => {
    const { byMac, note } = seen();
    for (const event of many(2, 4)) await bus.append(event);
    await bus.serve(async (message) => {
      if (message.data.deviceId === mac(1) && message.data.lateSeconds === 1) throw new Error('poison');
      note(message);
      return done;
    });
    await bus.settled();
    expect(byMac.get(mac(0))).toEqual(upTo(4));
    expect(byMac.get(mac(1))).toEqual([0]);
    const stored = await bus.letters().list();
    expect(stored.map(({ reason, tries, token }) => ({ reason, tries, token }))).toEqual([
      { reason: 'exhausted', tries: 3, token: mac(1) },
      { reason: 'follows', tries: 0, token: mac(1) },
      { reason: 'follows', tries: 0, token: mac(1) },
    ]);
    expect(stored[0]?.detail).toContain('poison');
    expect(stored.map(({ sequence }) => sequence)).toEqual([4n, 6n, 8n]);
  });

  it('a parked Mac stays parked over a restart, is redelivered in order, and is free afterwards', async () => {
    const { byMac, note } = seen();
    let poisoned = true;
    const handle: Handler = async (message) => {
      if (poisoned && message.data.lateSeconds === 0) throw new Error('poison');
      note(message);
      return done;
    };
    await bus.append(reached(mac(1), 0));
    const first = await bus.serve(handle);
    await bus.settled();
    await first.app.close();
    bus.running = [];
    await bus.append(reached(mac(1), 1));
    const { strategy } = await bus.serve(handle);
    await bus.settled();
    expect(byMac.size).toBe(0);
    const where = { stream: 'MOS_DEADLINES', token: mac(1) };
    expect(await strategy.redeliver(where, 'user:anna')).toMatchObject({
      count: 0,
      stoppedAt: { detail: expect.stringContaining('poison') },
    });
    poisoned = false;
    expect(await strategy.redeliver(where, 'user:anna')).toEqual({ count: 2 });
    await bus.append(reached(mac(1), 2));
    await bus.settled();
    expect(byMac.get(mac(1))).toEqual([0, 1, 2]);
    expect((await bus.letters().list({ which: 'settled' })).map((letter) => letter.settled)).toMatchObject([
      { outcome: 'redelivered', by: 'user:anna' },
      { outcome: 'redelivered', by: 'user:anna' },
    ]);
    expect(await bus.letters().parked('MOS_DEADLINES')).toEqual(new Set());
  });

  it('a discarded message is not handled, also when the stream brings it again; its followers are', async () => {
    const { byMac, note } = seen();
    let release: () => void = () => undefined;
    const blocked = new Promise<void>((resolve) => (release = resolve));
    const handle: Handler = async (message) => {
      if (message.data.deviceId === mac(9)) await blocked;
      if (message.data.lateSeconds === 0 && message.data.deviceId === mac(1))
        return { kind: 'dead', reason: 'makes no sense' };
      note(message);
      return done;
    };
    // An older message that stays unacknowledged keeps the floor below the ones that are settled.
    await bus.append(reached(mac(9), 0));
    await bus.append(reached(mac(1), 0));
    await bus.append(reached(mac(1), 1));
    const first = await bus.serve(handle, { closeMs: 100 });
    await eventually(async () => (await bus.letters().list()).length === 2);
    const [poison] = await bus.letters().list();
    expect(poison).toMatchObject({ reason: 'refused', detail: 'makes no sense' });
    expect(await bus.letters().discard(poison?.letterId ?? 0n, 'user:anna', 'a bug of ours')).toBe(true);
    expect(await bus.letters().discard(poison?.letterId ?? 0n, 'user:anna', 'again')).toBe(false);
    expect(await first.strategy.redeliver({ stream: 'MOS_DEADLINES', token: mac(1) }, 'user:anna')).toEqual({
      count: 1,
    });
    await first.app.close();
    bus.running = [];
    await bus.serve(handle);
    release();
    await bus.settled();
    expect(byMac.get(mac(1))?.every((n) => n === 1)).toBe(true);
    expect(await bus.letters().list()).toEqual([]);
  });

  it('an unreadable message is a dead letter, as it came', async () => {
    await bus.relay.stop();
    const hdrs = headers();
    hdrs.set('ce-type', 'managedos.deadlines.v1.DeadlineReached');
    bus.connection.publish(`mos.deadlines.${mac(1)}.deadline_reached`, '{ not json', { headers: hdrs });
    const { strategy } = await bus.serve(() => Promise.resolve(done));
    await eventually(async () => (await bus.letters().list()).length === 1);
    await strategy.caughtUp();
    const [letter] = await bus.letters().list();
    expect(letter).toMatchObject({
      reason: 'unreadable',
      headers: { 'ce-type': 'managedos.deadlines.v1.DeadlineReached' },
    });
    expect(Buffer.from(letter?.body ?? []).toString()).toBe('{ not json');
  });
});

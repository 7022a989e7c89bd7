import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { codec } from '@managed-os/contracts';
import { envelopeOf } from '@managed-os/contracts/testing';
import { eventually } from '@managed-os/kernel/testing';
import { Controller } from '@nestjs/common';
import { headers } from '@nats-io/nats-core';
import { toMessage } from './cloud-event.js';
import { Handling } from './handling.js';
import { contentsOf } from './letter-contents.js';
import { dead, done } from './settlement.js';
import { mac, reached } from './testing/events.js';
import { keepLog, real } from './testing/fixture.js';
import { type Handler, isInOrder, many, seen, StrategyFixture, upTo } from './testing/strategy-fixture.js';

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
      left: 2,
      stoppedAt: { detail: expect.stringContaining('poison') },
    });
    poisoned = false;
    expect(await strategy.redeliver(where, 'user:anna')).toEqual({ count: 2, left: 0 });
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
    expect(await bus.letters().discard(poison?.letterId ?? 0n, 'user:anna', 'a bug of ours')).toMatchObject({
      kind: 'discarded',
      left: 1,
    });
    expect(await bus.letters().discard(poison?.letterId ?? 0n, 'user:ben', 'again')).toMatchObject({
      kind: 'settled-before',
      letter: { settled: { outcome: 'discarded', by: 'user:anna', because: 'a bug of ours' } },
    });
    expect(await first.strategy.redeliver({ stream: 'MOS_DEADLINES', token: mac(1) }, 'user:anna')).toEqual({
      count: 1,
      left: 0,
    });
    await first.app.close();
    bus.running = [];
    await bus.serve(handle);
    release();
    await bus.settled();
    expect(byMac.get(mac(1))?.every((n) => n === 1)).toBe(true);
    expect(await bus.letters().list()).toEqual([]);
  });

  it('a discarded message of which only the acknowledgement was lost is not handled when it is delivered once more', async () => {
    const handled: bigint[] = [];
    const letters = bus.letters();
    const handling = new Handling({
      ...{ codec, letters, real, log: keepLog(), backoffMs: [], handlerLimitMs: 10_000 },
      handlerOf: () => (message) => {
        handled.push(message.sequence);
        return Promise.resolve(dead('makes no sense'));
      },
    });
    const { data, headers, subject } = toMessage(envelopeOf(reached(mac(1), 0)));
    const message = { stream: 'MOS_DEADLINES', token: mac(1), subject, sequence: 1n, headers, body: Buffer.from(data) };
    const parked = new Set<string>();
    const { signal } = new AbortController();
    const handle = (deliveries: number) =>
      handling.handle({ ...message, deliveries }, parked, signal, (wait) => wait());
    expect(await handle(1)).toBe(true);
    const [letter] = await letters.list();
    await letters.discard(letter?.letterId ?? 0n, 'user:anna', 'a bug of ours');
    expect(await handle(2)).toBe(true);
    expect(handled).toEqual([1n]);
    expect(await letters.list({ which: 'all' })).toHaveLength(1);
  });

  it('a Mac whose last letter is discarded is free: its next message is handled', async () => {
    const { byMac, note } = seen();
    await bus.append(reached(mac(1), 0));
    await bus.append(reached(mac(1), 1));
    await bus.serve((message) => {
      note(message);
      return Promise.resolve(message.data.lateSeconds === 0 ? dead('makes no sense') : done);
    });
    await bus.settled();
    const [poison, follower] = await bus.letters().list();
    expect(await bus.letters().discard(follower?.letterId ?? 0n, 'user:anna', 'nor does this')).toMatchObject({
      left: 1,
    });
    expect(await bus.letters().parked('MOS_DEADLINES')).toEqual(new Set([mac(1)]));
    expect(await bus.letters().discard(poison?.letterId ?? 0n, 'user:anna', 'no sense')).toMatchObject({ left: 0 });
    expect(await bus.letters().parked('MOS_DEADLINES')).toEqual(new Set());
    await bus.append(reached(mac(1), 2));
    await bus.settled();
    expect(byMac.get(mac(1))).toEqual([0, 2]);
    expect(await bus.letters().discard(999n, 'user:anna', 'there is none')).toEqual({ kind: 'no-such-letter' });
  });

  it('are redelivered by an instance that does not read, while messages arrive at the one that does: in order, none lost', async () => {
    const { byMac, note } = seen();
    let poisoned = true;
    const handle: Handler = async (message) => {
      if (poisoned) throw new Error('poison');
      note(message);
      await real.sleep(1);
      return done;
    };
    await bus.append(reached(mac(1), 0));
    await bus.serve(handle);
    await bus.settled();
    const { strategy } = await bus.serve(handle);
    poisoned = false;
    const where = { stream: 'MOS_DEADLINES', token: mac(1) };
    const arriving = (async () => {
      for (let n = 1; n < 60; n++) await bus.append(reached(mac(1), n));
    })();
    while ((await bus.letters().list()).length < 5) await real.sleep(1);
    expect(await strategy.redeliver(where, 'user:anna')).toMatchObject({ left: 0 });
    await arriving;
    await bus.settled();
    expect(byMac.get(mac(1))).toEqual(upTo(60));
    expect(await bus.letters().list()).toEqual([]);
    expect(await bus.letters().parked('MOS_DEADLINES')).toEqual(new Set());
  });

  it('two who redeliver at once, from two instances: no newer message before an older one, and each letter is settled', async () => {
    const { byMac, note } = seen();
    let poisoned = true;
    const handle: Handler = async (message) => {
      if (poisoned) throw new Error('poison');
      note(message);
      return done;
    };
    for (let n = 0; n < 20; n++) await bus.append(reached(mac(1), n));
    const [first, second] = [await bus.serve(handle), await bus.serve(handle)];
    await bus.settled();
    poisoned = false;
    const where = { stream: 'MOS_DEADLINES', token: mac(1) };
    const results = await Promise.all([
      first.strategy.redeliver(where, 'user:anna'),
      second.strategy.redeliver(where, 'user:ben'),
    ]);
    expect(results.map(({ left }) => left)).toEqual([0, 0]);
    expect(isInOrder(byMac.get(mac(1)) ?? [])).toBe(true);
    expect(new Set(byMac.get(mac(1)))).toEqual(new Set(upTo(20)));
    expect(await bus.letters().list({ which: 'settled' })).toHaveLength(20);
  });

  it('stay where nothing handles them any more: a service that was rolled back settles none', async () => {
    @Controller()
    class OfYesterday {}
    await bus.append(reached(mac(1), 0));
    await bus.serve(() => Promise.resolve(dead('makes no sense')));
    await bus.settled();
    const { strategy } = await bus.serve(() => Promise.resolve(done), {}, OfYesterday);
    const where = { stream: 'MOS_DEADLINES', token: mac(1) };
    expect(await strategy.redeliver(where, 'user:anna')).toMatchObject({
      ...{ count: 0, left: 1 },
      stoppedAt: { detail: expect.stringContaining('nothing here handles') },
    });
  });

  it('an outage during a redelivery is no try of the letter', async () => {
    let why: Error = new Error('poison');
    await bus.append(reached(mac(1), 0));
    const { strategy } = await bus.serve(() => Promise.reject(why));
    await bus.settled();
    const where = { stream: 'MOS_DEADLINES', token: mac(1) };
    await strategy.redeliver(where, 'user:anna');
    why = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    expect(await strategy.redeliver(where, 'user:anna')).toMatchObject({ count: 0, left: 1 });
    expect(await bus.letters().list()).toMatchObject([{ tries: 4, detail: expect.stringContaining('poison') }]);
  });

  it('show the event that they carry, or why they carry none', async () => {
    await bus.append(reached(mac(1), 7));
    await bus.serve(() => Promise.resolve(dead('makes no sense')));
    await bus.settled();
    const [listed] = await bus.letters().list();
    const letter = await bus.letters().show(listed?.letterId ?? 0n);
    if (!letter) throw new Error('there is no letter');
    expect(listed).toMatchObject({ type: 'managedos.deadlines.v1.DeadlineReached' });
    expect(contentsOf(letter)).toMatchObject({
      attributes: { type: 'managedos.deadlines.v1.DeadlineReached', actor: 'test', revision: '1' },
      event: { data: reached(mac(1), 7) },
    });
    expect(contentsOf({ ...letter, body: Buffer.from('[]') })).toMatchObject({
      unreadable: expect.stringContaining('unreadable-event'),
    });
    const later = { ...letter, headers: { ...letter.headers, 'ce-type': 'managedos.deadlines.v9.Unheard' } };
    expect(contentsOf(later)).toMatchObject({ unreadable: 'this version knows no event of this type' });
  });

  it.each([
    ['without an id', undefined],
    ['with an id that no table can hold', '%00'],
  ])('an unreadable message %s is a dead letter, as it came', async (_, id) => {
    await bus.relay.stop();
    const hdrs = headers();
    hdrs.set('ce-type', 'managedos.deadlines.v1.DeadlineReached');
    if (id !== undefined) hdrs.set('ce-id', id);
    bus.connection.publish(`mos.deadlines.${mac(1)}.deadline_reached`, '{ not json', { headers: hdrs });
    const { strategy } = await bus.serve(() => Promise.resolve(done));
    await eventually(async () => (await bus.letters().list()).length === 1);
    await strategy.caughtUp();
    const [listed] = await bus.letters().list();
    const letter = await bus.letters().show(listed?.letterId ?? 0n);
    expect(letter).toMatchObject({
      reason: 'unreadable',
      headers: { 'ce-type': 'managedos.deadlines.v1.DeadlineReached', ...(id !== undefined && { 'ce-id': id }) },
    });
    expect(Buffer.from(letter?.body ?? []).toString()).toBe('{ not json');
  });
});

import 'reflect-metadata';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { subjectOf } from '@managed-os/contracts';
import { eventually } from '@managed-os/kernel/testing';
import type { Delivered } from './cloud-event.js';
import { currentMessage } from './message-scope.js';
import { reactionOf } from './reaction.js';
import { done, type Settlement } from './settlement.js';
import { cancelled, mac, reached } from './testing/events.js';
import { real } from './testing/fixture.js';
import { Consumer, many, seen, StrategyFixture, upTo } from './testing/strategy-fixture.js';

let bus: StrategyFixture;
beforeEach(async () => {
  bus = await StrategyFixture.open();
});
afterEach(() => bus.close());

describe('delivery', () => {
  it('hands over decoded envelopes with sequence and deliveries, in order per Mac and side by side across Macs', async () => {
    const { byMac, note } = seen();
    let [now, most] = [0, 0];
    const envelopes: Delivered[] = [];
    for (const event of many(8, 20)) await bus.append(event);
    await bus.serve(async (message) => {
      envelopes.push(message);
      expect(currentMessage()).toEqual({ correlationId: message.correlationId, messageId: message.id });
      now += 1;
      most = Math.max(most, now);
      await real.sleep(2);
      note(message);
      now -= 1;
      return done;
    });
    await bus.settled();
    expect([...byMac.values()]).toEqual(Array.from({ length: 8 }, () => upTo(20)));
    expect(most).toBeGreaterThan(1);
    const [stored] = await bus.fixture.store.readLog(0n, 1);
    expect(envelopes.find(({ position }) => position === 1n)).toEqual({
      ...stored?.envelope,
      sequence: 1n,
      deliveries: 1,
    });
  });

  it('every message delivered twice: what the handler appends is there once', async () => {
    const deliveries: string[] = [];
    const counts = new Set<number>();
    for (const event of many(3, 5)) await bus.append(event);
    const { strategy } = await bus.serve(async (message) => {
      deliveries.push(message.id);
      counts.add(message.deliveries);
      await bus.fixture.store.append({
        stream: `obligations-${message.data.deviceId}`,
        expected: 'any',
        events: [cancelled(message.data.deviceId)],
        ...reactionOf(message, 'progress', { now: () => message.time }),
      });
      return done;
    });
    await bus.settled();
    await bus.jsm.consumers.reset('MOS_DEADLINES', 'progress', 1);
    await eventually(() => deliveries.length >= 30);
    await strategy.caughtUp();
    expect(new Set(deliveries).size).toBe(15);
    // A reset begins to count anew, so what is read again is not looked up among the letters one by one.
    expect([...counts]).toEqual([1]);
    const log = await bus.fixture.store.readLog(0n, 1_000);
    expect(log.filter(({ envelope }) => envelope.data.type === 'TimerCancelled')).toHaveLength(15);
    const inbox = await bus.fixture.store.readLog(0n, 1_000, ['progress']);
    expect(
      inbox
        .filter((entry) => entry.inbox === 'progress')
        .map(({ envelope }) => envelope.id)
        .toSorted(),
    ).toEqual([...new Set(deliveries)].toSorted());
  });

  it('filtered consumers: only what the patterns name is handled, and changed patterns are taken over by the durable', async () => {
    const types: string[] = [];
    const handle = async (message: Delivered): Promise<Settlement> => {
      types.push(message.data.type);
      return done;
    };
    @Controller()
    class Narrow {
      @EventPattern([subjectOf('CountdownEnded')])
      on(@Payload() message: Delivered): Promise<Settlement> {
        return handle(message);
      }
    }
    const { app } = await bus.serve(handle, {}, Narrow);
    await bus.append(reached(mac(1), 0), { ...reached(mac(1), 1), type: 'CountdownEnded' }, cancelled(mac(1)));
    await bus.settled();
    await app.close();
    bus.running = [];
    expect(types).toEqual(['CountdownEnded']);
    await bus.serve(handle);
    const filters = async () => {
      const { filter_subject, filter_subjects } = (await bus.jsm.consumers.info('MOS_DEADLINES', 'progress')).config;
      return filter_subjects ?? [filter_subject];
    };
    await eventually(async () => (await filters()).join() === 'mos.deadlines.>');
    await bus.append(reached(mac(1), 2));
    await bus.settled();
    // From the first message on that the handler which is new missed.
    expect(types.slice(1)).toEqual(['DeadlineReached', 'CountdownEnded', 'DeadlineReached']);
  });

  it('a service that starts before its stream exists waits for it', async () => {
    const { byMac, note } = seen();
    await bus.relay.stop();
    await bus.jsm.streams.delete('MOS_DEADLINES');
    const { log } = await bus.serve(async (message) => {
      note(message);
      return done;
    });
    await eventually(() => log.lines.some(({ message }) => message.startsWith('not reading yet')));
    await bus.startRelay();
    await bus.append(reached(mac(1), 0));
    await bus.settled();
    await eventually(() => byMac.get(mac(1))?.length === 1);
    // It is the order of a first start, and nothing to be alarmed about.
    expect(log.lines.filter(({ level }) => level !== 'info')).toEqual([]);
    expect(log.lines.filter(({ message }) => message.startsWith('not reading yet'))).toHaveLength(1);
  });

  it('refuses two handlers that would share a message', async () => {
    @Controller()
    class Twice extends Consumer {
      @EventPattern(['mos.deadlines.*.>'])
      also(): Promise<Settlement> {
        return Promise.resolve(done);
      }
    }
    await expect(bus.serve(() => Promise.resolve(done), {}, Twice)).rejects.toMatchObject({ code: 'bad-pattern' });
  });
});

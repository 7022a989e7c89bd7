import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@managed-os/kernel/testing';
import { closeBus } from './connect-bus.js';
import { done } from './settlement.js';
import { mac } from './testing/events.js';
import { real } from './testing/fixture.js';
import { type Handler, isInOrder, many, seen, StrategyFixture, upTo } from './testing/strategy-fixture.js';

let bus: StrategyFixture;
beforeEach(async () => {
  bus = await StrategyFixture.open();
});
afterEach(() => bus.close());

describe('readers that come and go', () => {
  it('of two instances one reads; when it goes, the other follows with nothing lost and the order kept', async () => {
    const [a, b] = [seen(), seen()];
    const merged = seen();
    const handler =
      (own: ReturnType<typeof seen>): Handler =>
      async (message) => {
        await real.sleep(3);
        own.note(message);
        merged.note(message);
        return done;
      };
    const [first, second] = [await bus.serve(handler(a)), await bus.serve(handler(b))];
    const appending = (async () => {
      for (const event of many(5, 60)) await bus.append(event);
    })();
    await eventually(() => merged.byMac.size === 5);
    expect([a, b].filter(({ byMac }) => byMac.size > 0)).toHaveLength(1);
    const [reader, standby] = a.byMac.size > 0 ? [first, second] : [second, first];
    await reader.app.close();
    bus.running = [standby];
    await appending;
    await bus.settled();
    expect([a.byMac.size, b.byMac.size]).toEqual([5, 5]);
    for (const numbers of merged.byMac.values()) expect([...new Set(numbers)]).toEqual(upTo(60));
    for (const numbers of merged.byMac.values()) expect(isInOrder(numbers)).toBe(true);
  });

  it('an instance whose connection dies with messages in hand: the other one gets them before anything newer', async () => {
    const merged = seen();
    const doomed = await bus.connect('progress');
    let died = false;
    await bus.serve(
      async (message) => {
        if (died) return new Promise(() => undefined);
        merged.note(message);
        if (message.data.lateSeconds === 3) {
          died = true;
          await doomed.close();
          return new Promise(() => undefined);
        }
        return done;
      },
      { connection: doomed, closeMs: 10 },
    );
    await bus.append(...many(1, 1));
    await eventually(() => merged.byMac.size === 1);
    await bus.serve(async (message) => {
      merged.note(message);
      return done;
    });
    for (const event of many(3, 30)) await bus.append(event);
    await bus.relay.caughtUp();
    await bus.running[1]?.strategy.caughtUp();
    for (const numbers of merged.byMac.values()) expect([...new Set(numbers)]).toEqual(upTo(30));
  });

  it('NATS killed and started again in mid-flow: consumers resume, nothing is lost, order per Mac is kept', async () => {
    const { byMac, note } = seen();
    await bus.serve(async (message) => {
      await real.sleep(2);
      note(message);
      return done;
    });
    const appending = (async () => {
      for (const event of many(4, 50)) {
        await bus.append(event);
        await real.sleep(2);
      }
    })();
    await eventually(() => byMac.size === 4);
    await bus.fixture.nats.kill();
    await real.sleep(200);
    await bus.fixture.nats.start();
    await appending;
    await bus.settled();
    for (const numbers of byMac.values()) expect([...new Set(numbers)]).toEqual(upTo(50));
    for (const numbers of byMac.values()) expect(isInOrder(numbers)).toBe(true);
    expect(byMac.size).toBe(4);
  });

  it('close: what runs is finished and acknowledged, the rest is left to the next one', async () => {
    const { byMac, note } = seen();
    await bus.append(...many(1, 5));
    const slow: Handler = async (message) => {
      await real.sleep(100);
      note(message);
      return done;
    };
    const { app } = await bus.serve(slow);
    await eventually(() => (byMac.get(mac(0))?.length ?? 0) >= 1);
    await app.close();
    bus.running = [];
    const handled = byMac.get(mac(0))?.length ?? 0;
    // The server has the acknowledgements by now, and works through them by and by.
    const floor = async () => (await bus.jsm.consumers.info('MOS_DEADLINES', 'progress')).ack_floor.stream_seq;
    await eventually(async () => (await floor()) === handled, 'every acknowledgement');
    const from = real.elapsed();
    await bus.serve(slow);
    await bus.settled();
    expect(byMac.get(mac(0))?.toSorted()).toEqual(upTo(5));
    expect(real.elapsed() - from).toBeLessThan(3_000);
  });

  it('close ends though the server cannot be reached', async () => {
    const { app } = await bus.serve(() => Promise.resolve(done), { closeMs: 200 });
    await bus.append(...many(1, 1));
    await bus.settled();
    await bus.fixture.nats.kill();
    await app.close();
    bus.running = [];
    await closeBus(bus.connection, real, 200);
    expect(bus.connection.isClosed()).toBe(true);
  });
});

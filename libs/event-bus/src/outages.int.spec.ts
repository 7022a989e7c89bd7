import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@managed-os/kernel/testing';
import { attribute } from './cloud-event.js';
import { done } from './settlement.js';
import { testNatsNodes } from './testing/config.js';
import { real } from './testing/fixture.js';
import type { TestNats, Which } from './testing/nats-server.js';
import { type Handler, isInOrder, many, seen, StrategyFixture, upTo } from './testing/strategy-fixture.js';

let bus: StrategyFixture;
beforeEach(async () => {
  bus = await StrategyFixture.open();
});
afterEach(() => bus.close());

const MACS = 4;
const EACH = 50;

/** Appends little by little, so that something is under way whatever happens. */
const appendSlowly = async (): Promise<void> => {
  for (const event of many(MACS, EACH)) {
    await bus.append(event);
    await real.sleep(5);
  }
};

const positions = async (): Promise<readonly number[]> => {
  const { state } = await bus.jsm.streams.info('MOS_DEADLINES');
  const found: number[] = [];
  for (let seq = 1; seq <= state.last_seq; seq++) {
    const message = await bus.jsm.streams.getMessage('MOS_DEADLINES', { seq });
    found.push(Number(attribute(message?.header, 'position')));
  }
  return found;
};

/** A single server is leader, follower and all: one of the three says it. */
const WHICH: readonly Which[] = testNatsNodes() === 1 ? ['all'] : ['leader', 'follower', 'all'];
type Harm = readonly [what: string, harm: (nats: TestNats) => Promise<void>];
const HARMS: readonly Harm[] = WHICH.flatMap((which): readonly Harm[] => [
  [`killed (${which})`, (nats) => nats.kill(which)],
  [`restarted (${which})`, (nats) => nats.end(which)],
]);

describe('NATS goes away in mid-flow and comes back', () => {
  it.each(HARMS)('%s: all is in the stream once and in order, and handled in order per Mac', async (_, harm) => {
    const { byMac, note } = seen();
    await bus.serve(async (message) => {
      await real.sleep(2);
      note(message);
      return done;
    });
    const appending = appendSlowly();
    await eventually(() => byMac.size === MACS);
    await harm(bus.fixture.nats);
    await real.sleep(200);
    await bus.fixture.nats.start();
    await appending;
    await bus.settled();
    expect(await positions()).toEqual(upTo(MACS * EACH).map((n) => n + 1));
    for (const numbers of byMac.values()) expect([...new Set(numbers)]).toEqual(upTo(EACH));
    for (const numbers of byMac.values()) expect(isInOrder(numbers)).toBe(true);
  });
});

describe('a connection that is open and says nothing any more', () => {
  /** Two signs of life that do not come: the connection is given up. */
  const PING_MS = 500;

  it('of the reader: it notices, the other replica follows, nothing is lost and the order is kept', async () => {
    const merged = seen();
    const [first, second] = [seen(), seen()];
    const handler =
      ({ note }: ReturnType<typeof seen>): Handler =>
      async (message) => {
        note(message);
        merged.note(message);
        return done;
      };
    const { connection, proxy } = await bus.connectThroughProxy(PING_MS);
    await bus.serve(handler(first), { connection, pinMs: 2_000, ackWaitMs: 2_000 });
    const appending = appendSlowly();
    await eventually(() => first.byMac.size === MACS);
    await bus.serve(handler(second), { pinMs: 2_000, ackWaitMs: 2_000 });
    proxy.fallSilent();
    await appending;
    await bus.relay.caughtUp();
    await bus.running[1]?.strategy.caughtUp();
    expect(second.byMac.size).toBe(MACS);
    for (const numbers of merged.byMac.values()) expect([...new Set(numbers)]).toEqual(upTo(EACH));
    for (const numbers of merged.byMac.values()) expect(isInOrder(numbers)).toBe(true);
  });

  it('of the relay: it notices, the other one goes on, every event is in the stream once and in order', async () => {
    const { connection, proxy } = await bus.connectThroughProxy(PING_MS);
    await bus.relay.stop();
    const cutOff = bus.newRelay(connection);
    await cutOff.start();
    const appending = appendSlowly();
    await eventually(async () => (await bus.jsm.streams.info('MOS_DEADLINES')).state.messages > 10);
    await bus.startRelay();
    proxy.fallSilent();
    await appending;
    await bus.relay.caughtUp();
    expect(await positions()).toEqual(upTo(MACS * EACH).map((n) => n + 1));
    await proxy.close();
    await connection.close();
    await cutOff.stop();
  });
});

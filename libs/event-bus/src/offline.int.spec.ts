import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@managed-os/kernel/testing';
import { done } from './settlement.js';
import { reached } from './testing/events.js';
import { isInOrder, many, seen, StrategyFixture, upTo } from './testing/strategy-fixture.js';

const STREAM = 'MOS_DEADLINES';

let bus: StrategyFixture;
beforeEach(async () => {
  bus = await StrategyFixture.open();
});
afterEach(() => bus.close());

const consumer = (durable = 'progress') => bus.jsm.consumers.info(STREAM, durable);

describe('a consumer that was not there', () => {
  it('created late: it begins with the oldest message, and handles all in order', async () => {
    const { byMac, note } = seen();
    await bus.append(...many(5, 60));
    await bus.relay.caughtUp();
    await bus.serve(async (message) => {
      note(message);
      return done;
    });
    await bus.settled();
    expect([...byMac.values()]).toEqual(Array.from({ length: 5 }, () => upTo(60)));
  });

  it('away for a day with messages in hand: all that came meanwhile is handled in order, a bounded part of it at a time', async () => {
    const IN_HAND = 100;
    const merged = seen();
    const { connection } = await bus.connectThroughProxy(60_000);
    await bus.serve(
      async (message) => {
        if (message.data.lateSeconds >= 3) return new Promise(() => undefined);
        merged.note(message);
        return done;
      },
      { connection, closeMs: 10 },
    );
    await bus.append(...many(10, 6));
    // Three of each Mac are handled; of the others it has all in hand, and some at work.
    await eventually(async () => (await consumer()).num_ack_pending === 30);
    await connection.close();
    await bus.running[0]?.app.close();
    bus.running = [];
    const away = many(10, 300).filter(({ lateSeconds }) => lateSeconds >= 6);
    await bus.append(...away);
    await bus.relay.caughtUp();

    let [most, isOver] = [0, false];
    await bus.serve(
      async (message) => {
        merged.note(message);
        return done;
      },
      { inHand: IN_HAND },
    );
    const watching = (async () => {
      while (!isOver) most = Math.max(most, (await consumer()).num_ack_pending);
    })();
    await bus.settled();
    isOver = true;
    await watching;
    expect(merged.byMac.size).toBe(10);
    for (const numbers of merged.byMac.values()) expect([...new Set(numbers)]).toEqual(upTo(300));
    for (const numbers of merged.byMac.values()) expect(isInOrder(numbers)).toBe(true);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(IN_HAND);
  });

  it('a handler that answers nothing: the server hands over no more than may be in hand', async () => {
    const IN_HAND = 40;
    await bus.append(...many(10, 30));
    await bus.relay.caughtUp();
    const connection = await bus.connect('progress');
    await bus.serve(() => new Promise(() => undefined), { connection, inHand: IN_HAND, closeMs: 10 });
    await eventually(async () => (await consumer().catch(() => undefined))?.num_ack_pending === IN_HAND);
    const { inMsgs } = connection.stats();
    await bus.append(reached('00000000-0000-4000-8000-000000000001', 30));
    await eventually(async () => (await consumer()).num_pending === 10 * 30 + 1 - IN_HAND);
    expect((await consumer()).num_ack_pending).toBe(IN_HAND);
    // What it received: the messages, at most once before its reset and once after it, and answers to its questions.
    expect(inMsgs).toBeLessThan(3 * IN_HAND);
  });

  it('nothing on the server ends while it is away: what a day would change is not set', async () => {
    await bus.serve(() => Promise.resolve(done));
    await eventually(async () => (await consumer().catch(() => undefined)) !== undefined);
    const [seconds, days] = [1e9, 86_400e9];
    expect((await consumer()).config).toMatchObject({
      durable_name: 'progress',
      deliver_policy: 'all',
      ack_policy: 'explicit',
      ack_wait: 10 * seconds,
      max_deliver: -1,
      max_ack_pending: 1_000,
      priority_policy: 'pinned_client',
      priority_timeout: 4 * seconds,
    });
    expect((await consumer()).config.inactive_threshold ?? 0).toBe(0);
    const { config } = await bus.jsm.streams.info(STREAM);
    expect(config).toMatchObject({ max_age: 30 * days, max_msgs: -1, max_bytes: -1, retention: 'limits' });
    expect(config.num_replicas).toBe(bus.fixture.nats.nodes);
  });
});

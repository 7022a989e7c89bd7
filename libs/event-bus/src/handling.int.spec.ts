import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@managed-os/kernel/testing';
import { done } from './settlement.js';
import { mac, reached } from './testing/events.js';
import { real } from './testing/fixture.js';
import { seen, StrategyFixture } from './testing/strategy-fixture.js';

let bus: StrategyFixture;
beforeEach(async () => {
  bus = await StrategyFixture.open();
});
afterEach(() => bus.close());

describe('a message that is not handled at once', () => {
  it('a handler that fails is tried again in its place: later messages of the Mac wait, other Macs do not', async () => {
    const { byMac, note } = seen();
    let failures = 0;
    await bus.append(reached(mac(1), 0));
    await bus.append(reached(mac(1), 1));
    await bus.append(reached(mac(2), 0));
    await bus.serve(
      async (message) => {
        // It fails until the other Mac was served, and twice at least.
        if (
          message.data.deviceId === mac(1) &&
          message.data.lateSeconds === 0 &&
          !(byMac.has(mac(2)) && failures > 1)
        ) {
          failures += 1;
          throw new Error('not yet');
        }
        note(message);
        return done;
      },
      { backoffMs: Array.from({ length: 1_000 }, () => 20) },
    );
    await bus.settled();
    expect(byMac.get(mac(1))).toEqual([0, 1]);
    expect(await bus.letters().list()).toEqual([]);
  });

  it('Macs whose messages wait for another try hold no place: the others are handled meanwhile', async () => {
    const { byMac, note } = seen();
    for (let n = 0; n < 12; n++) await bus.append(reached(mac(n), 0));
    let failing = true;
    await bus.serve(
      async (message) => {
        if (failing && message.data.deviceId !== mac(11)) throw new Error('not yet');
        note(message);
        return done;
      },
      { concurrency: 2, backoffMs: [300, 300, 300, 300, 300, 300, 300, 300, 300, 300] },
    );
    await bus.relay.caughtUp();
    await eventually(() => byMac.has(mac(11)));
    expect(byMac.size).toBe(1);
    failing = false;
    await bus.settled();
    expect(byMac.size).toBe(12);
    expect(await bus.letters().list({ which: 'all' })).toEqual([]);
  });

  it('an outage of the database is no try: nothing is parked, and all is handled afterwards', async () => {
    const { byMac, note } = seen();
    let down = true;
    await bus.append(reached(mac(1), 0));
    let calls = 0;
    await bus.serve(async (message) => {
      calls += 1;
      if (down) throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
      note(message);
      return done;
    });
    await eventually(() => calls > 6);
    down = false;
    await bus.settled();
    expect(byMac.get(mac(1))).toEqual([0]);
    expect(await bus.letters().list({ which: 'all' })).toEqual([]);
  });

  it('a handler slower than ack_wait keeps its message; nobody gets it twice', async () => {
    const { byMac, note } = seen();
    await bus.append(reached(mac(1), 0), reached(mac(1), 1));
    await bus.serve(
      async (message) => {
        // The word that it is still in hand goes out every third of it: 5 s of a busy machine's standstill are forgiven.
        if (byMac.size === 0) await real.sleep(12_000);
        note(message);
        return done;
      },
      { ackWaitMs: 8_000 },
    );
    await bus.settled();
    expect(byMac.get(mac(1))?.length).toBe(2);
  });

  it('a handler that hangs counts as failed after its limit, and its Mac is parked', async () => {
    await bus.append(reached(mac(1), 0));
    await bus.serve(() => new Promise(() => undefined), { handlerLimitMs: 50 });
    await eventually(async () => (await bus.letters().list()).length === 1);
    expect((await bus.letters().list())[0]?.detail).toContain('HandlerTooSlow');
  });
});

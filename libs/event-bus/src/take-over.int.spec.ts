import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { codec, subjectOf } from '@managed-os/contracts';
import { eventually } from '@managed-os/kernel/testing';
import type { NatsConnection } from '@nats-io/transport-node';
import { DeadLetters } from './dead-letters.js';
import { GROUP } from './durable.js';
import { DurableReader } from './durable-reader.js';
import { Handling } from './handling.js';
import { Lanes } from './lanes.js';
import { done } from './settlement.js';
import { mac, reached } from './testing/events.js';
import { keepLog, real } from './testing/fixture.js';
import { type Handler, StrategyFixture } from './testing/strategy-fixture.js';

const STREAM = 'MOS_DEADLINES';

let bus: StrategyFixture;
beforeEach(async () => {
  bus = await StrategyFixture.open();
});
afterEach(() => bus.close());

/** Letters of a reader that learns which tokens are parked and is held up then, while others go on. */
class HeldUp extends DeadLetters {
  constructor(
    pool: ConstructorParameters<typeof DeadLetters>[0],
    private readonly meanwhile: () => Promise<void>,
  ) {
    super(pool, 'progress');
  }

  override async parked(stream: string): Promise<Set<string>> {
    const parked = await super.parked(stream);
    await this.meanwhile();
    return parked;
  }
}

describe('taking over', () => {
  it('while the reader before, which does not know it yet, parks a Mac: what it has in hand comes again before anything newer', async () => {
    let fail: () => void = () => undefined;
    const failing = new Promise<never>((_, reject) => (fail = () => reject(new Error('poison'))));
    failing.catch(() => undefined);
    let hasAll = false;
    const handle: Handler = async ({ data }) => {
      if (data.deviceId === mac(1)) return failing;
      hasAll ||= data.deviceId === mac(2);
      return done;
    };
    const { connection, proxy } = await bus.connectThroughProxy(60_000);
    await bus.serve(handle, { connection, backoffMs: [], closeMs: 100 });
    await bus.append(reached(mac(3), 0));
    await bus.settled();
    await bus.append(reached(mac(1), 0));
    await bus.append(reached(mac(1), 1));
    await bus.append(reached(mac(2), 0));
    await eventually(() => hasAll);
    // What it says arrives, what it is told does not: it never hears that another one took its place.
    proxy.fallSilent();
    await bus.jsm.consumers.unpin(STREAM, 'progress', GROUP);

    const handled: number[] = [];
    const letters = new HeldUp(bus.fixture.pool, async () => {
      fail();
      await eventually(async () => (await bus.letters().list()).length === 2, 'the letters are stored');
      await eventually(hasHeard, 'their messages are acknowledged');
    });
    const follower = await readerOf(await bus.connect('progress'), letters, handled);
    follower.start();
    await bus.append(reached(mac(1), 2));
    await eventually(() => handled.includes(2));
    follower.stopPulling();
    await follower.close();
    expect(handled).toEqual([0, 1, 2]);
    expect((await bus.letters().list()).map(({ reason }) => reason)).toEqual(['exhausted', 'follows']);
  });
});

/** Of the acknowledgements; of messages that are to be delivered anew, since the reader before asks no more, it hears none. */
const hasHeard = async (): Promise<boolean> => {
  const { ack_floor, delivered } = await bus.jsm.consumers.info(STREAM, 'progress');
  return ack_floor.stream_seq >= 3 || delivered.stream_seq < 3;
};

/** Those of `Consumer`. */
const PATTERNS = [subjectOf('DeadlineReached'), subjectOf('CountdownEnded')];

const readerOf = async (connection: NatsConnection, letters: DeadLetters, handled: number[]): Promise<DurableReader> =>
  new DurableReader({
    ...{ stream: STREAM, durable: 'progress', filter: 'mos.deadlines.>', patterns: PATTERNS },
    ...{ ackWaitMs: 10_000, inHand: 100, pinMs: 4_000 },
    ...{ connection, letters, real, log: keepLog(), lanes: new Lanes(4) },
    handling: new Handling({
      ...{ codec, letters, real, log: keepLog(), backoffMs: [], handlerLimitMs: 10_000 },
      handlerOf: () => (message) => {
        if ('lateSeconds' in message.data && message.subject.endsWith(mac(1)))
          handled.push(Number(message.data.lateSeconds));
        return Promise.resolve(done);
      },
    }),
  });

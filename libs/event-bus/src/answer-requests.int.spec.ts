import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { NatsConnection } from '@nats-io/transport-node';
import { request } from './request.js';
import { done } from './settlement.js';
import { StrategyFixture } from './testing/strategy-fixture.js';

let bus: StrategyFixture;
beforeEach(async () => {
  bus = await StrategyFixture.open();
});
afterEach(() => bus.close());

describe('requests', () => {
  it('requests: answered by a handler, refused with its code, internal errors without their text, nobody there', async () => {
    const { strategy } = await bus.serve(() => Promise.resolve(done));
    // The server has heard that there is somebody who answers.
    await strategy.unwrap<NatsConnection>().flush();
    const ask = (body: unknown, subject = 'mos.rpc.progress.double') =>
      request<{ twice: number }>(bus.connection, subject, body, 2_000);
    expect(await ask({ n: 21 })).toEqual({ twice: 42 });
    await expect(ask({ n: -1 })).rejects.toMatchObject({ code: 'negative', facts: { n: -1 } });
    await expect(ask({ n: 0 })).rejects.toMatchObject({ code: 'internal', facts: {} });
    await expect(ask({}, 'mos.rpc.nobody.there')).rejects.toMatchObject({ code: 'no-responders' });
  });
});

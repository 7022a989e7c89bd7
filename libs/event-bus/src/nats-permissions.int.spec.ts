import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@managed-os/kernel/testing';
import { natsPermissions } from './nats-permissions.js';
import { request } from './request.js';
import { done } from './settlement.js';
import { mac } from './testing/events.js';
import { real } from './testing/fixture.js';
import { many, seen, StrategyFixture, upTo } from './testing/strategy-fixture.js';

const users = [
  { user: 'deadlines', pass: 'd', ...natsPermissions('deadlines', { name: 'deadlines' }) },
  { user: 'progress', pass: 'p', ...natsPermissions('progress', { name: 'updates' }) },
];

let bus: StrategyFixture;
beforeEach(async () => {
  bus = await StrategyFixture.open(users);
});
afterEach(() => bus.close());

describe('permissions', () => {
  it('works with the permissions of natsPermissions, and with those a service cannot publish for another', async () => {
    const { byMac, note } = seen();
    const own = await bus.connect('progress', { user: 'progress', pass: 'p' });
    const { app } = await bus.serve(
      async (message) => {
        note(message);
        return done;
      },
      { connection: own },
    );
    await bus.append(...many(2, 3));
    await eventually(() => [...byMac.values()].flat().length >= 6);
    await bus.settled();
    expect([...byMac.values()]).toEqual([upTo(3), upTo(3)]);
    expect(await request(bus.connection, 'mos.rpc.progress.double', { n: 1 }, 2_000)).toEqual({ twice: 2 });
    const before = (await bus.jsm.streams.info('MOS_DEADLINES')).state.messages;
    own.publish(`mos.deadlines.${mac(1)}.deadline_reached`, '{}');
    own.publish('$JS.API.STREAM.DELETE.MOS_DEADLINES', '');
    own.publish('$JS.API.STREAM.PURGE.MOS_DEADLINES', '');
    own.publish('$JS.API.CONSUMER.DELETE.MOS_DEADLINES.progress', '');
    await own.flush();
    await real.sleep(50);
    expect((await bus.jsm.streams.info('MOS_DEADLINES')).state.messages).toBe(before);
    await expect(bus.jsm.consumers.info('MOS_DEADLINES', 'progress')).rejects.toThrow();
    await app.close();
    bus.running = [];
  });
});

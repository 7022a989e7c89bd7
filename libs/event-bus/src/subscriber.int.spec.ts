import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@managed-os/kernel/testing';
import { connect } from '@nats-io/transport-node';
import { natsPermissions } from './nats-permissions.js';
import { cancelled, mac, reached } from './testing/events.js';
import { StrategyFixture } from './testing/strategy-fixture.js';
import { followDeadlines } from './testing/subscriber.js';

const login = { user: 'helpdesk', pass: 'h' };
const users = [
  { user: 'deadlines', pass: 'd', ...natsPermissions('deadlines', { name: 'deadlines' }) },
  { ...login, ...natsPermissions('helpdesk') },
];

let bus: StrategyFixture;
beforeEach(async () => {
  bus = await StrategyFixture.open(users);
});
afterEach(() => bus.close());

describe('a subscriber of somebody else, as docs/events.md shows it', () => {
  it('hears what was before it and what comes, in order, and goes on where it failed', async () => {
    const start = () => connect({ servers: bus.fixture.nats.url, ...login, inboxPrefix: '_INBOX_helpdesk' });
    const noted: string[] = [];
    await bus.append(reached(mac(1), 1));
    await bus.append(cancelled(mac(1)), { ...reached(mac(1), 2), type: 'CountdownEnded' });
    await bus.append(reached(mac(2), 3));

    const first = await start();
    const failing = followDeadlines(first, async (_, { deviceId }) => {
      if (deviceId === mac(2)) throw new Error('help desk is closed');
      noted.push(deviceId);
    });
    await expect(failing).rejects.toThrow('help desk is closed');
    await first.close();

    const second = await start();
    const following = followDeadlines(second, async (_, { deviceId }) => void noted.push(deviceId));
    await bus.append(reached(mac(3), 4));
    await eventually(() => noted.includes(mac(3)));
    expect(noted).toEqual([mac(1), mac(2), mac(3)]);
    await second.close();
    await following;
  }, 60_000);
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TcpProxy } from '@managed-os/event-store/testing';
import { eventually } from '@managed-os/kernel/testing';
import { connectBus } from './connect-bus.js';
import { natsPermissions } from './nats-permissions.js';
import { startTestNats, type TestNats } from './testing/index.js';

const user = { user: 'progress', pass: 'p' };

describe('a connection to the bus', () => {
  let nats: TestNats;
  let proxy: TcpProxy;
  beforeEach(async () => {
    nats = await startTestNats([{ ...user, ...natsPermissions('progress') }]);
    proxy = await TcpProxy.open(nats.url.split(',')[0] ?? '');
  });
  afterEach(async () => {
    await proxy.close();
    await nats.stop();
  });
  const connect = (pass = user.pass) => connectBus({ servers: proxy.url, name: 'progress', ...user, pass });
  /** The server waits for the user's name, and gives up; more than once, for the client gives up at the second time. */
  const givenUp = (before: number) => eventually(() => proxy.accepted >= before + 4, 'the server gave up three times');

  it('is refused at once when the user is', () =>
    expect(connect('wrong')).rejects.toMatchObject({ name: 'AuthorizationError' }));

  it('is waited for as long as what it says does not arrive', async () => {
    proxy.fallDeaf();
    const connecting = connect();
    await givenUp(0);
    proxy.heal();
    const connection = await connecting;
    await connection.flush();
    await connection.close();
  });

  it('comes back after any number of tries of which nothing arrived', async () => {
    const connection = await connect();
    const before = proxy.accepted;
    proxy.fallDeaf();
    await givenUp(before);
    proxy.heal();
    await eventually(() =>
      connection.flush().then(
        () => true,
        () => false,
      ),
    );
    await connection.close();
  });
});

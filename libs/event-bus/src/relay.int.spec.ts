import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { deadlines } from '@managed-os/contracts';
import { eventually } from '@managed-os/kernel/testing';
import { jetstreamManager, type JetStreamManager, type StoredMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { attribute, toMessage } from './cloud-event.js';
import { publishAtomic } from './publish-atomic.js';
import { Relay } from './relay.js';
import { streamInfo } from './streams.js';
import { busDatabase } from './tables.js';
import { cancelled, mac, reached } from './testing/events.js';
import { RelayProcess } from './testing/relay-process.js';
import { type BusFixture, cause, keepLog, openFixture, real } from './testing/fixture.js';

const STREAM = 'MOS_DEADLINES';

describe('relay', () => {
  let fixture: BusFixture;
  let connection: NatsConnection;
  let jsm: JetStreamManager;

  beforeEach(async () => {
    fixture = await openFixture();
    connection = await fixture.connect('deadlines');
    jsm = await jetstreamManager(connection, { checkAPI: false });
  });
  afterEach(() => fixture.close());

  const relayOf = (over: NatsConnection = connection) =>
    new Relay({
      ...{ connection: over, store: fixture.store, context: deadlines, pool: fixture.pool, real, log: keepLog() },
      replicas: fixture.nats.nodes,
    });

  const relayed = async (work: (relay: Relay) => Promise<void> = async () => undefined): Promise<void> => {
    const relay = relayOf();
    await relay.start();
    try {
      await work(relay);
      await relay.caughtUp();
    } finally {
      await relay.stop();
    }
  };

  const messages = async (): Promise<readonly StoredMsg[]> => {
    const info = await jsm.streams.info(STREAM);
    const found: StoredMsg[] = [];
    for (let seq = Math.max(1, info.state.first_seq); seq <= info.state.last_seq; seq++) {
      const message = await jsm.streams.getMessage(STREAM, { seq });
      if (message) found.push(message);
    }
    return found;
  };
  const numbers = async (): Promise<readonly number[]> =>
    (await messages()).map((m) => m.json<{ lateSeconds: number }>().lateSeconds);
  const refusalOf = async (relay: Relay): Promise<string | undefined> => {
    await relay.start();
    const { state, refusal } = await relay.status();
    await relay.stop();
    expect(state).toBe(refusal ? 'refusing' : 'relaying');
    expect(refusal?.detail).toContain('mos bus reseed deadlines');
    return refusal?.reason;
  };
  const note = () => busDatabase(fixture.pool).selectFrom('relay').selectAll().executeTakeFirst();

  it('publishes public events in position order as CloudEvents, and no internal ones', async () => {
    await fixture.append(reached(mac(1), 1));
    await fixture.append(cancelled(mac(1)));
    await fixture.append(reached(mac(2), 2));
    await relayed();
    const [first, second, ...rest] = await messages();
    expect(rest).toEqual([]);
    expect(first?.subject).toBe(`mos.deadlines.${mac(1)}.deadline_reached`);
    expect(first?.json()).toMatchObject({ deviceId: mac(1), lateSeconds: 1 });
    expect(attribute(first?.header, 'source')).toBe(`mos://deadlines/${await fixture.store.epoch()}`);
    expect(attribute(first?.header, 'type')).toBe('managedos.deadlines.v1.DeadlineReached');
    expect(attribute(first?.header, 'position')).toBe('1');
    expect(attribute(second?.header, 'position')).toBe('3');
    expect(await note()).toMatchObject({ position: '3', sequence: '2' });
  });

  it('is at the end of the log when nothing but messages of the inbox follows what it carried', async () => {
    await fixture.append(reached(mac(1), 1));
    const relay = relayOf();
    await relay.start();
    await relay.caughtUp();
    await fixture.store.append({
      stream: 'obligations-none',
      expected: 'any',
      events: [],
      cause: cause('a message'),
      once: { consumer: 'deadlines', messageId: 'heard' },
    });
    expect(await relay.status()).toMatchObject({ state: 'relaying', position: 2n, lastPosition: 2n });
    await relay.stop();
  });

  it('carries what is appended while it runs, at once', async () => {
    await relayed(async (relay) => {
      await relay.caughtUp();
      const from = real.elapsed();
      await fixture.append(reached(mac(1), 1));
      await relay.caughtUp();
      expect(real.elapsed() - from).toBeLessThan(1_000);
    });
    expect(await numbers()).toEqual([1]);
  });

  it('publishes 1,200 events in batches, in order and once', async () => {
    await fixture.append(...Array.from({ length: 1_200 }, (_, i) => reached(mac(i % 7), i)));
    await relayed();
    const all = await messages();
    expect(all.map((m) => attribute(m.header, 'position'))).toEqual(
      Array.from({ length: 1_200 }, (_, i) => String(i + 1)),
    );
  });

  it('equal: goes on behind internal events that left no message', async () => {
    await fixture.append(reached(mac(1), 1), cancelled(mac(2)), cancelled(mac(3)));
    await relayed();
    await relayed(async () => fixture.append(reached(mac(1), 2)));
    expect(await numbers()).toEqual([1, 2]);
  });

  it('ahead: what another relay published and did not note is not published twice', async () => {
    await fixture.append(reached(mac(1), 1));
    await relayed();
    await fixture.append(reached(mac(1), 2), cancelled(mac(1)), reached(mac(1), 3));
    const entries = await fixture.store.readLog(1n, 10);
    const publics = entries.filter(({ envelope }) => envelope.data.type === 'DeadlineReached');
    await publishAtomic(
      connection,
      publics.map(({ envelope }) => toMessage(envelope)),
      1n,
    );
    await relayed(async () => fixture.append(reached(mac(1), 4)));
    expect((await numbers()).toSorted()).toEqual([1, 2, 3, 4]);
  });

  it('ahead: a process that was killed between the publish and its note has published nothing twice', async () => {
    const { url: servers, nodes: replicas } = fixture.nats;
    const { databaseUrl, schema } = fixture.address;
    const killed = await RelayProcess.start({ databaseUrl, schema, servers, replicas });
    await fixture.append(reached(mac(1), 1));
    const noted = () => fixture.pool.query<{ position: string }>('select position from relay');
    await eventually(async () => (await noted()).rows[0]?.position === '1', 'the first note');
    // From here on a note is waited for, and nothing else.
    const lock = await fixture.pool.connect();
    await lock.query('begin; lock table relay in exclusive mode');
    await fixture.append(reached(mac(1), 2), cancelled(mac(1)), reached(mac(1), 3));
    await eventually(async () => (await numbers()).length === 3, 'the publish');
    const waiting = `from pg_locks where relation = 'relay'::regclass and not granted`;
    await eventually(async () => (await fixture.pool.query(`select 1 ${waiting}`)).rows.length > 0, 'the note waits');
    await killed.kill();
    // What it had asked the server for would be done yet.
    await fixture.pool.query(`select pg_terminate_backend(pid, 10000) ${waiting}`);
    await lock.query('rollback');
    lock.release();
    expect((await noted()).rows).toEqual([{ position: '1' }]);
    await relayed(async () => fixture.append(reached(mac(1), 4)));
    expect((await numbers()).toSorted()).toEqual([1, 2, 3, 4]);
  });

  it('behind: a stream that lost its tail gets it again', async () => {
    await fixture.append(reached(mac(1), 1));
    await fixture.append(reached(mac(1), 2));
    await relayed();
    // What a power cut does: the last message is gone, and so is its sequence.
    await jsm.streams.delete(STREAM);
    await fixture.connect('deadlines');
    const [entry] = await fixture.store.readLog(0n, 1);
    await jsm.streams.add({ name: STREAM, subjects: ['mos.deadlines.>'], allow_atomic: true });
    // In a cluster the stream may not be heard of everywhere yet.
    const publish = () => publishAtomic(connection, entry ? [toMessage(entry.envelope)] : [], 0n);
    await eventually(() =>
      publish().then(
        () => true,
        () => false,
      ),
    );
    await relayed();
    expect(await numbers()).toEqual([1, 2]);
    expect(await note()).toMatchObject({ position: '2', sequence: '2' });
  });

  it('refuses when the stream is gone and something was in it, and does not make a new one', async () => {
    await fixture.append(reached(mac(1), 1));
    await relayed();
    await jsm.streams.delete(STREAM);
    expect(await refusalOf(relayOf())).toBe('stream-lost');
    expect(await streamInfo(jsm, STREAM)).toBeUndefined();
  });

  it('refuses a stream of another life of the store, and says so while the service runs on', async () => {
    await fixture.append(reached(mac(1), 1));
    await relayed();
    await busDatabase(fixture.pool).deleteFrom('relay').execute();
    await fixture.store.beginEpoch();
    await fixture.append(reached(mac(1), 2));
    expect(await refusalOf(relayOf())).toBe('other-epoch');
    expect(await numbers()).toEqual([1]);
  });

  it('two at once: every event once and in order, and the other goes on when one stops', async () => {
    const [one, two] = [relayOf(), relayOf(await fixture.connect('deadlines'))];
    await Promise.all([one.start(), two.start()]);
    for (let i = 0; i < 20; i++) await fixture.append(...Array.from({ length: 10 }, (_, n) => reached(mac(n), i)));
    await Promise.all([one.caughtUp(), two.caughtUp()]);
    await one.stop();
    await fixture.append(reached(mac(1), 99));
    await two.caughtUp();
    await two.stop();
    const positions = (await messages()).map((m) => Number(attribute(m.header, 'position')));
    expect(positions).toEqual(Array.from({ length: 201 }, (_, i) => i + 1));
  });

  it('NATS killed and started again in mid-flow: nothing lost, nothing twice', async () => {
    await relayed(async () => {
      const appending = (async () => {
        for (let i = 0; i < 60; i++) {
          await fixture.append(reached(mac(i % 3), i));
          await real.sleep(10);
        }
      })();
      await real.sleep(150);
      await fixture.nats.kill();
      await real.sleep(150);
      await fixture.nats.start();
      await appending;
    });
    expect(await numbers()).toEqual(Array.from({ length: 60 }, (_, i) => i));
  });
});

import 'reflect-metadata';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, type INestApplication, Inject, Module, type Type } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { deadlines, type Fact, subjectOf } from '@managed-os/contracts';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { headers } from '@nats-io/nats-core';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Delivered } from './cloud-event.js';
import { DeadLetters } from './dead-letters.js';
import { connectStrategy, JetStreamStrategy, type JetStreamStrategyOptions } from './jetstream-strategy.js';
import { currentMessage } from './message-scope.js';
import { natsPermissions } from './nats-permissions.js';
import { reactionOf } from './reaction.js';
import { Relay } from './relay.js';
import { request, RequestRefused } from './request.js';
import { done, type Settlement } from './settlement.js';
import { cancelled, mac, reached } from './testing/events.js';
import { type BusFixture, eventually, type KeptLog, keepLog, openFixture, real } from './testing/fixture.js';

type Handler = (message: Delivered<Fact<'DeadlineReached'>>) => Promise<Settlement>;
const HANDLER = Symbol('HANDLER');

@Controller()
class Consumer {
  constructor(@Inject(HANDLER) private readonly handle: Handler) {}

  @EventPattern([subjectOf('DeadlineReached'), subjectOf('CountdownEnded')])
  on(@Payload() message: Delivered<Fact<'DeadlineReached'>>): Promise<Settlement> {
    return this.handle(message);
  }

  @MessagePattern('mos.rpc.progress.double')
  double(@Payload() { n }: { n: number }): Promise<{ twice: number }> {
    if (n < 0) throw new RequestRefused('negative', { n });
    if (n === 0) throw new Error('something inside');
    return Promise.resolve({ twice: 2 * n });
  }
}

interface Running {
  readonly strategy: JetStreamStrategy;
  readonly log: KeptLog;
  readonly app: INestApplication;
}

describe('JetStream strategy', () => {
  let fixture: BusFixture;
  let relay: Relay;
  let running: Running[];
  let jsm: JetStreamManager;
  let connection: NatsConnection;

  const open = async (users: Parameters<typeof openFixture>[0] = []): Promise<void> => {
    fixture = await openFixture(users);
    running = [];
    const own = users.find(({ user }) => user === 'deadlines');
    connection = await fixture.connect('deadlines', own);
    jsm = await jetstreamManager(connection, { checkAPI: false });
    relay = new Relay({
      connection,
      store: fixture.store,
      context: deadlines,
      pool: fixture.pool,
      real,
      log: keepLog(),
    });
    await relay.start();
  };
  beforeEach(() => open());
  afterEach(async () => {
    for (const { app } of running) await app.close();
    await relay.stop();
    await fixture.close();
  });

  const serve = async (
    handle: Handler,
    options: Partial<JetStreamStrategyOptions> = {},
    controller: Type = Consumer,
  ): Promise<Running> => {
    @Module({ controllers: [controller], providers: [{ provide: HANDLER, useValue: handle }] })
    class App {}
    const log = keepLog();
    const strategy = new JetStreamStrategy({
      connection: options.connection ?? (await fixture.connect('progress')),
      service: 'progress',
      pool: fixture.pool,
      clock: { real },
      log,
      backoffMs: [10, 20],
      ...options,
    });
    const module = await Test.createTestingModule({ imports: [App] }).compile();
    const app = module.createNestApplication(new FastifyAdapter(), { logger: false });
    connectStrategy(app, strategy);
    await app.startAllMicroservices();
    const service = { strategy, log, app };
    running.push(service);
    return service;
  };

  const settled = async (): Promise<void> => {
    await relay.caughtUp();
    await running[0]?.strategy.caughtUp();
  };
  const letters = () => new DeadLetters(fixture.pool, 'progress');
  const many = (macs: number, each: number) =>
    Array.from({ length: macs * each }, (_, i) => reached(mac(i % macs), Math.floor(i / macs)));
  const seen = () => {
    const byMac = new Map<string, number[]>();
    const note = ({ data }: Delivered<Fact<'DeadlineReached'>>): void =>
      void byMac.set(data.deviceId, [...(byMac.get(data.deviceId) ?? []), data.lateSeconds]);
    return { byMac, note };
  };
  const upTo = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i);

  it('hands over decoded envelopes with sequence and deliveries, in order per Mac and side by side across Macs', async () => {
    const { byMac, note } = seen();
    let [now, most] = [0, 0];
    const envelopes: Delivered[] = [];
    for (const event of many(8, 20)) await fixture.append(event);
    await serve(async (message) => {
      envelopes.push(message);
      expect(currentMessage()).toEqual({ correlationId: message.correlationId, messageId: message.id });
      now += 1;
      most = Math.max(most, now);
      await real.sleep(2);
      note(message);
      now -= 1;
      return done;
    });
    await settled();
    expect([...byMac.values()]).toEqual(Array.from({ length: 8 }, () => upTo(20)));
    expect(most).toBeGreaterThan(1);
    const [stored] = await fixture.store.readLog(0n, 1);
    expect(envelopes.find(({ position }) => position === 1n)).toEqual({
      ...stored?.envelope,
      sequence: 1n,
      deliveries: 1,
    });
  });

  it('every message delivered twice: what the handler appends is there once', async () => {
    const deliveries: string[] = [];
    for (const event of many(3, 5)) await fixture.append(event);
    const { strategy } = await serve(async (message) => {
      deliveries.push(message.id);
      await fixture.store.append({
        stream: `obligations-${message.data.deviceId}`,
        expected: 'any',
        events: [cancelled(message.data.deviceId)],
        ...reactionOf(message, 'progress', { now: () => message.time }),
      });
      return done;
    });
    await settled();
    await jsm.consumers.reset('MOS_DEADLINES', 'progress', 1);
    await eventually(() => deliveries.length >= 30);
    await strategy.caughtUp();
    expect(new Set(deliveries).size).toBe(15);
    const log = await fixture.store.readLog(0n, 1_000);
    expect(log.filter(({ envelope }) => envelope.data.type === 'TimerCancelled')).toHaveLength(15);
    const inbox = await fixture.store.readLog(0n, 1_000, ['progress']);
    expect(
      inbox
        .filter((entry) => entry.inbox === 'progress')
        .map(({ envelope }) => envelope.id)
        .toSorted(),
    ).toEqual([...new Set(deliveries)].toSorted());
  });

  it('a handler that fails is tried again in its place: later messages of the Mac wait, other Macs do not', async () => {
    const { byMac, note } = seen();
    const order: string[] = [];
    let failures = 2;
    await fixture.append(reached(mac(1), 0));
    await fixture.append(reached(mac(1), 1));
    await fixture.append(reached(mac(2), 0));
    await serve(async (message) => {
      if (message.data.deviceId === mac(1) && message.data.lateSeconds === 0 && failures-- > 0)
        throw new Error('not yet');
      order.push(message.data.deviceId);
      note(message);
      return done;
    });
    await settled();
    expect(byMac.get(mac(1))).toEqual([0, 1]);
    expect(order[0]).toBe(mac(2));
    expect(await letters().list()).toEqual([]);
  });

  it('Macs whose messages wait for another try hold no place: the others are handled meanwhile', async () => {
    const { byMac, note } = seen();
    for (let n = 0; n < 12; n++) await fixture.append(reached(mac(n), 0));
    let failing = true;
    await serve(
      async (message) => {
        if (failing && message.data.deviceId !== mac(11)) throw new Error('not yet');
        note(message);
        return done;
      },
      { concurrency: 2, backoffMs: [300, 300, 300, 300, 300, 300, 300, 300, 300, 300] },
    );
    await relay.caughtUp();
    await eventually(() => byMac.has(mac(11)));
    expect(byMac.size).toBe(1);
    failing = false;
    await settled();
    expect(byMac.size).toBe(12);
    expect(await letters().list({ which: 'all' })).toEqual([]);
  });

  it('a poisoned message parks its Mac: later ones are stored in order and acknowledged, other Macs go on', async () => {
    const { byMac, note } = seen();
    for (const event of many(2, 4)) await fixture.append(event);
    await serve(async (message) => {
      if (message.data.deviceId === mac(1) && message.data.lateSeconds === 1) throw new Error('poison');
      note(message);
      return done;
    });
    await settled();
    expect(byMac.get(mac(0))).toEqual(upTo(4));
    expect(byMac.get(mac(1))).toEqual([0]);
    const stored = await letters().list();
    expect(stored.map(({ reason, tries, token }) => ({ reason, tries, token }))).toEqual([
      { reason: 'exhausted', tries: 3, token: mac(1) },
      { reason: 'follows', tries: 0, token: mac(1) },
      { reason: 'follows', tries: 0, token: mac(1) },
    ]);
    expect(stored[0]?.detail).toContain('poison');
    expect(stored.map(({ sequence }) => sequence)).toEqual([4n, 6n, 8n]);
  });

  it('a parked Mac stays parked over a restart, is redelivered in order, and is free afterwards', async () => {
    const { byMac, note } = seen();
    let poisoned = true;
    const handle: Handler = async (message) => {
      if (poisoned && message.data.lateSeconds === 0) throw new Error('poison');
      note(message);
      return done;
    };
    await fixture.append(reached(mac(1), 0));
    const first = await serve(handle);
    await settled();
    await first.app.close();
    running = [];
    await fixture.append(reached(mac(1), 1));
    const { strategy } = await serve(handle);
    await settled();
    expect(byMac.size).toBe(0);
    const where = { stream: 'MOS_DEADLINES', token: mac(1) };
    expect(await strategy.redeliver(where, 'user:anna')).toMatchObject({
      count: 0,
      stoppedAt: { detail: expect.stringContaining('poison') },
    });
    poisoned = false;
    expect(await strategy.redeliver(where, 'user:anna')).toEqual({ count: 2 });
    await fixture.append(reached(mac(1), 2));
    await settled();
    expect(byMac.get(mac(1))).toEqual([0, 1, 2]);
    expect((await letters().list({ which: 'settled' })).map((letter) => letter.settled)).toMatchObject([
      { outcome: 'redelivered', by: 'user:anna' },
      { outcome: 'redelivered', by: 'user:anna' },
    ]);
    expect(await letters().parked('MOS_DEADLINES')).toEqual(new Set());
  });

  it('a discarded message is not handled, also when the stream brings it again; its followers are', async () => {
    const { byMac, note } = seen();
    let release: () => void = () => undefined;
    const blocked = new Promise<void>((resolve) => (release = resolve));
    const handle: Handler = async (message) => {
      if (message.data.deviceId === mac(9)) await blocked;
      if (message.data.lateSeconds === 0 && message.data.deviceId === mac(1))
        return { kind: 'dead', reason: 'makes no sense' };
      note(message);
      return done;
    };
    // An older message that stays unacknowledged keeps the floor below the ones that are settled.
    await fixture.append(reached(mac(9), 0));
    await fixture.append(reached(mac(1), 0));
    await fixture.append(reached(mac(1), 1));
    const first = await serve(handle, { closeMs: 100 });
    await eventually(async () => (await letters().list()).length === 2);
    const [poison] = await letters().list();
    expect(poison).toMatchObject({ reason: 'refused', detail: 'makes no sense' });
    expect(await letters().discard(poison?.letterId ?? 0n, 'user:anna', 'a bug of ours')).toBe(true);
    expect(await letters().discard(poison?.letterId ?? 0n, 'user:anna', 'again')).toBe(false);
    expect(await first.strategy.redeliver({ stream: 'MOS_DEADLINES', token: mac(1) }, 'user:anna')).toEqual({
      count: 1,
    });
    await first.app.close();
    running = [];
    await serve(handle);
    release();
    await settled();
    expect(byMac.get(mac(1))?.every((n) => n === 1)).toBe(true);
    expect(await letters().list()).toEqual([]);
  });

  it('an unreadable message is a dead letter, as it came', async () => {
    await relay.stop();
    const hdrs = headers();
    hdrs.set('ce-type', 'managedos.deadlines.v1.DeadlineReached');
    connection.publish(`mos.deadlines.${mac(1)}.deadline_reached`, '{ not json', { headers: hdrs });
    const { strategy } = await serve(() => Promise.resolve(done));
    await eventually(async () => (await letters().list()).length === 1);
    await strategy.caughtUp();
    const [letter] = await letters().list();
    expect(letter).toMatchObject({
      reason: 'unreadable',
      headers: { 'ce-type': 'managedos.deadlines.v1.DeadlineReached' },
    });
    expect(Buffer.from(letter?.body ?? []).toString()).toBe('{ not json');
  });

  it('an unknown type is acknowledged and nothing else', async () => {
    await relay.stop();
    const hdrs = headers();
    hdrs.set('ce-type', 'managedos.deadlines.v9.DeadlineReached');
    connection.publish(`mos.deadlines.${mac(1)}.deadline_reached`, '{}', { headers: hdrs });
    const { strategy } = await serve(() => Promise.reject(new Error('must not be called')));
    await eventually(async () => (await jsm.streams.info('MOS_DEADLINES')).state.messages === 1);
    await strategy.caughtUp();
    expect(await letters().list()).toEqual([]);
  });

  it('an outage of the database is no try: nothing is parked, and all is handled afterwards', async () => {
    const { byMac, note } = seen();
    let down = true;
    await fixture.append(reached(mac(1), 0));
    let calls = 0;
    await serve(async (message) => {
      calls += 1;
      if (down) throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
      note(message);
      return done;
    });
    await eventually(() => calls > 6);
    down = false;
    await settled();
    expect(byMac.get(mac(1))).toEqual([0]);
    expect(await letters().list({ which: 'all' })).toEqual([]);
  });

  it('a handler slower than ack_wait keeps its message; nobody gets it twice', async () => {
    const { byMac, note } = seen();
    await fixture.append(reached(mac(1), 0), reached(mac(1), 1));
    await serve(
      async (message) => {
        await real.sleep(2_500);
        note(message);
        return done;
      },
      { ackWaitMs: 1_000 },
    );
    await settled();
    expect(byMac.get(mac(1))?.length).toBe(2);
  });

  it('a handler that hangs counts as failed after its limit, and its Mac is parked', async () => {
    await fixture.append(reached(mac(1), 0));
    await serve(() => new Promise(() => undefined), { handlerLimitMs: 50 });
    await eventually(async () => (await letters().list()).length === 1);
    expect((await letters().list())[0]?.detail).toContain('HandlerTooSlow');
  });

  it('only what the patterns name is delivered, and a changed list of patterns is taken over by the durable', async () => {
    const types: string[] = [];
    const handle = async (message: Delivered): Promise<Settlement> => {
      types.push(message.data.type);
      return done;
    };
    @Controller()
    class Narrow {
      @EventPattern([subjectOf('CountdownEnded')])
      on(@Payload() message: Delivered): Promise<Settlement> {
        return handle(message);
      }
    }
    const { app } = await serve(handle, {}, Narrow);
    await fixture.append(reached(mac(1), 0), { ...reached(mac(1), 1), type: 'CountdownEnded' }, cancelled(mac(1)));
    await settled();
    await app.close();
    running = [];
    expect(types).toEqual(['CountdownEnded']);
    await serve(handle);
    await eventually(
      async () => ((await jsm.consumers.info('MOS_DEADLINES', 'progress')).config.filter_subjects?.length ?? 0) === 2,
    );
    await fixture.append(reached(mac(1), 2));
    await settled();
    expect(types).toEqual(['CountdownEnded', 'DeadlineReached']);
  });

  it('a service that starts before its stream exists waits for it', async () => {
    const { byMac, note } = seen();
    await relay.stop();
    await jsm.streams.delete('MOS_DEADLINES');
    const { log } = await serve(async (message) => {
      note(message);
      return done;
    });
    await eventually(() => log.lines.some(({ message }) => message.startsWith('not reading yet')));
    relay = new Relay({
      connection,
      store: fixture.store,
      context: deadlines,
      pool: fixture.pool,
      real,
      log: keepLog(),
    });
    await relay.start();
    await fixture.append(reached(mac(1), 0));
    await settled();
    await eventually(() => byMac.get(mac(1))?.length === 1);
    // It is the order of a first start, and nothing to be alarmed about.
    expect(log.lines.filter(({ level }) => level !== 'info')).toEqual([]);
    expect(log.lines.filter(({ message }) => message.startsWith('not reading yet'))).toHaveLength(1);
  });

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
    const [first, second] = [await serve(handler(a)), await serve(handler(b))];
    const appending = (async () => {
      for (const event of many(5, 60)) await fixture.append(event);
    })();
    await eventually(() => merged.byMac.size === 5);
    expect([a, b].filter(({ byMac }) => byMac.size > 0)).toHaveLength(1);
    const [reader, standby] = a.byMac.size > 0 ? [first, second] : [second, first];
    await reader.app.close();
    running = [standby];
    await appending;
    await settled();
    expect([a.byMac.size, b.byMac.size]).toEqual([5, 5]);
    for (const numbers of merged.byMac.values()) expect([...new Set(numbers)]).toEqual(upTo(60));
    for (const numbers of merged.byMac.values()) expect(isInOrder(numbers)).toBe(true);
  });

  it('an instance whose connection dies with messages in hand: the other one gets them before anything newer', async () => {
    const merged = seen();
    const doomed = await fixture.connect('progress');
    let died = false;
    await serve(
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
    await fixture.append(...many(1, 1));
    await eventually(() => merged.byMac.size === 1);
    await serve(async (message) => {
      merged.note(message);
      return done;
    });
    for (const event of many(3, 30)) await fixture.append(event);
    await relay.caughtUp();
    await running[1]?.strategy.caughtUp();
    for (const numbers of merged.byMac.values()) expect([...new Set(numbers)]).toEqual(upTo(30));
  });

  it('NATS killed and started again in mid-flow: consumers resume, nothing is lost, order per Mac is kept', async () => {
    const { byMac, note } = seen();
    await serve(async (message) => {
      await real.sleep(2);
      note(message);
      return done;
    });
    const appending = (async () => {
      for (const event of many(4, 50)) {
        await fixture.append(event);
        await real.sleep(2);
      }
    })();
    await real.sleep(250);
    await fixture.nats.kill();
    await real.sleep(200);
    await fixture.nats.start();
    await appending;
    await settled();
    for (const numbers of byMac.values()) expect([...new Set(numbers)]).toEqual(upTo(50));
    for (const numbers of byMac.values()) expect(isInOrder(numbers)).toBe(true);
    expect(byMac.size).toBe(4);
  });

  it('close: what runs is finished and acknowledged, the rest is left to the next one', async () => {
    const { byMac, note } = seen();
    await fixture.append(...many(1, 5));
    const slow: Handler = async (message) => {
      await real.sleep(100);
      note(message);
      return done;
    };
    const { app } = await serve(slow);
    await eventually(() => (byMac.get(mac(0))?.length ?? 0) >= 1);
    await app.close();
    running = [];
    const handled = byMac.get(mac(0))?.length ?? 0;
    expect((await jsm.consumers.info('MOS_DEADLINES', 'progress')).ack_floor.stream_seq).toBe(handled);
    const from = real.elapsed();
    await serve(slow);
    await settled();
    expect(byMac.get(mac(0))?.toSorted()).toEqual(upTo(5));
    expect(real.elapsed() - from).toBeLessThan(3_000);
  });

  it('refuses two handlers that would share a message', async () => {
    @Controller()
    class Twice extends Consumer {
      @EventPattern(['mos.deadlines.*.>'])
      also(): Promise<Settlement> {
        return Promise.resolve(done);
      }
    }
    await expect(serve(() => Promise.resolve(done), {}, Twice)).rejects.toMatchObject({ code: 'bad-pattern' });
  });

  it('requests: answered by a handler, refused with its code, internal errors without their text, nobody there', async () => {
    await serve(() => Promise.resolve(done));
    const ask = (body: unknown, subject = 'mos.rpc.progress.double') =>
      request<{ twice: number }>(connection, subject, body, 2_000);
    expect(await ask({ n: 21 })).toEqual({ twice: 42 });
    await expect(ask({ n: -1 })).rejects.toMatchObject({ code: 'negative', facts: { n: -1 } });
    await expect(ask({ n: 0 })).rejects.toMatchObject({ code: 'internal', facts: {} });
    await expect(ask({}, 'mos.rpc.nobody.there')).rejects.toMatchObject({ code: 'no-responders' });
  });

  it('works with the permissions of natsPermissions, and with those a service cannot publish for another', async () => {
    await relay.stop();
    await fixture.close();
    const users = [
      { user: 'deadlines', pass: 'd', ...natsPermissions('deadlines', { name: 'deadlines' }) },
      { user: 'progress', pass: 'p', ...natsPermissions('progress', { name: 'updates' }) },
    ];
    await open(users);
    const { byMac, note } = seen();
    const own = await fixture.connect('progress', { user: 'progress', pass: 'p' });
    const { app } = await serve(
      async (message) => {
        note(message);
        return done;
      },
      { connection: own },
    );
    await fixture.append(...many(2, 3));
    await settled();
    expect([...byMac.values()]).toEqual([upTo(3), upTo(3)]);
    expect(await request(connection, 'mos.rpc.progress.double', { n: 1 }, 2_000)).toEqual({ twice: 2 });
    const before = (await jsm.streams.info('MOS_DEADLINES')).state.messages;
    own.publish(`mos.deadlines.${mac(1)}.deadline_reached`, '{}');
    own.publish('$JS.API.STREAM.DELETE.MOS_DEADLINES', '');
    own.publish('$JS.API.STREAM.PURGE.MOS_DEADLINES', '');
    own.publish('$JS.API.CONSUMER.DELETE.MOS_DEADLINES.progress', '');
    await own.flush();
    await real.sleep(50);
    expect((await jsm.streams.info('MOS_DEADLINES')).state.messages).toBe(before);
    await expect(jsm.consumers.info('MOS_DEADLINES', 'progress')).rejects.toThrow();
    await app.close();
    running = [];
  });
});

/** A message may come twice; never may a newer one come first. */
const isInOrder = (numbers: readonly number[]): boolean => {
  let most = -1;
  return numbers.every((n) => {
    const fits = n <= most + 1;
    most = Math.max(most, n);
    return fits;
  });
};

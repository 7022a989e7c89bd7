import 'reflect-metadata';
import { Controller, type INestApplication, Inject, Module, type Type } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { deadlines, type DeadlinesEvent, type Fact, subjectOf } from '@managed-os/contracts';
import { TcpProxy } from '@managed-os/event-store/testing';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { Delivered } from '../cloud-event.js';
import { DeadLetters } from '../dead-letters.js';
import { connectStrategy, JetStreamStrategy, type JetStreamStrategyOptions } from '../jetstream-strategy.js';
import { Relay } from '../relay.js';
import { RequestRefused } from '../request.js';
import type { Settlement } from '../settlement.js';
import { mac, reached } from './events.js';
import { type BusFixture, type KeptLog, keepLog, openFixture, real } from './fixture.js';
import type { TestUser } from './nats-server.js';

export type Handler = (message: Delivered<Fact<'DeadlineReached'>>) => Promise<Settlement>;
const HANDLER = Symbol('HANDLER');

/** A service in small: hands what it hears to the test, and answers requests. */
@Controller()
export class Consumer {
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

/** A connection that can fall silent without anybody being told. */
export interface Proxied {
  readonly connection: NatsConnection;
  readonly proxy: TcpProxy;
}

interface Running {
  readonly strategy: JetStreamStrategy;
  readonly log: KeptLog;
  readonly app: INestApplication;
}

/** A relayed store of `deadlines`, and instances of a service `progress` that reads it. */
export class StrategyFixture {
  /** Instances that `close` closes; one that a test closed itself is taken off. */
  running: Running[] = [];
  relay: Relay;
  private readonly proxied: Proxied[] = [];

  private constructor(
    readonly fixture: BusFixture,
    readonly connection: NatsConnection,
    readonly jsm: JetStreamManager,
  ) {
    this.relay = this.newRelay();
  }

  static async open(users: readonly TestUser[] = []): Promise<StrategyFixture> {
    const fixture = await openFixture(users);
    const own = users.find(({ user }) => user === 'deadlines');
    const connection = await fixture.connect('deadlines', own);
    const opened = new StrategyFixture(fixture, connection, await jetstreamManager(connection, { checkAPI: false }));
    await opened.relay.start();
    return opened;
  }

  async close(): Promise<void> {
    for (const { connection, proxy } of this.proxied) {
      await proxy.close();
      await connection.close();
    }
    for (const { app } of this.running) await app.close();
    await this.relay.stop();
    await this.fixture.close();
  }

  connect(...as: Parameters<BusFixture['connect']>): Promise<NatsConnection> {
    return this.fixture.connect(...as);
  }

  /** One more connection, to the first node, which looks for a sign of life so often. */
  async connectThroughProxy(pingInterval: number): Promise<Proxied> {
    const proxy = await TcpProxy.open(this.fixture.nats.url.split(',')[0] ?? '');
    const servers = proxy.url;
    const connection = await connect({ servers, pingInterval, maxReconnectAttempts: -1, ignoreClusterUpdates: true });
    const proxied = { connection, proxy };
    this.proxied.push(proxied);
    return proxied;
  }

  append(...events: readonly DeadlinesEvent[]): Promise<void> {
    return this.fixture.append(...events);
  }

  /** Another relay, after the one before was stopped. */
  async startRelay(): Promise<void> {
    this.relay = this.newRelay();
    await this.relay.start();
  }

  /** Starts an instance whose controller hands every message to `handle`. */
  async serve(
    handle: Handler,
    options: Partial<JetStreamStrategyOptions> = {},
    controller: Type = Consumer,
  ): Promise<Running> {
    @Module({ controllers: [controller], providers: [{ provide: HANDLER, useValue: handle }] })
    class App {}
    const log = keepLog();
    const strategy = new JetStreamStrategy({
      connection: options.connection ?? (await this.connect('progress')),
      service: 'progress',
      pool: this.fixture.pool,
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
    this.running.push(service);
    return service;
  }

  /** Everything that was appended is relayed, and handled by the first instance. */
  async settled(): Promise<void> {
    await this.relay.caughtUp();
    await this.running[0]?.strategy.caughtUp();
  }

  letters(): DeadLetters {
    return new DeadLetters(this.fixture.pool, 'progress');
  }

  newRelay(connection = this.connection): Relay {
    const { store, pool, nats } = this.fixture;
    return new Relay({ connection, store, context: deadlines, pool, real, log: keepLog(), replicas: nats.nodes });
  }
}

/** Every handler twice: hands each message over once more when it was handled, as a delivery does whose answer was lost. */
export const twice =
  (handle: Handler): Handler =>
  async (message) => {
    await handle(message);
    return handle(message);
  };

/** The same at once, as two readers do of which one does not know yet that it was overtaken. */
export const twiceAtOnce =
  (handle: Handler): Handler =>
  async (message) => {
    const [settlement] = await Promise.all([handle(message), handle(message)]);
    return settlement;
  };

/** So many messages of so many Macs, the Macs taking turns. */
export const many = (macs: number, each: number): readonly Fact<'DeadlineReached'>[] =>
  Array.from({ length: macs * each }, (_, i) => reached(mac(i % macs), Math.floor(i / macs)));

/** Which messages were seen, per Mac and in the order in which they came. */
export const seen = () => {
  const byMac = new Map<string, number[]>();
  const note = ({ data }: Delivered<Fact<'DeadlineReached'>>): void =>
    void byMac.set(data.deviceId, [...(byMac.get(data.deviceId) ?? []), data.lateSeconds]);
  return { byMac, note };
};

export const upTo = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i);

/** A message may come twice; never may a newer one come first. */
export const isInOrder = (numbers: readonly number[]): boolean => {
  let most = -1;
  return numbers.every((n) => {
    const fits = n <= most + 1;
    most = Math.max(most, n);
    return fits;
  });
};

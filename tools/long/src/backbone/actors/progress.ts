import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { updates, type UpdatesEvent } from '@managed-os/contracts';
import { closeBus, connectBus, connectStrategy, JetStreamStrategy, Relay } from '@managed-os/event-bus';
import { PgEventStore, ProjectionRunner } from '@managed-os/event-store';
import { realTime, SystemClock } from '@managed-os/kernel';
import { HEARD } from '../facts.js';
import { tallies } from '../tally.js';
import type { ServiceSettings } from './deadlines.js';
import { asked, log, settingsOf, untilAborted } from './life.js';
import { redeliverAll } from './operator.js';
import { openPool } from './pool.js';
import { Consumer, REACT, reactionTo } from './react.js';

/** A whole service: hears the first stream, decides, appends, relays to the second stream, projects. */
export interface ConsumerSettings extends ServiceSettings {
  /** What goes wrong in its handlers follows from it; without one nothing does, and the bus works at its own pace. */
  readonly seed?: string;
}

/** Gives up soon, so that much goes wrong in little time. */
const IMPATIENT = {
  concurrency: 16,
  inHand: 200,
  ackWaitMs: 3_000,
  pinMs: 3_000,
  backoffMs: [100, 400],
  handlerLimitMs: 5_000,
  closeMs: 3_000,
};

const { databaseUrl, servers, user, pass, replicas, seed } = settingsOf<ConsumerSettings>();
const CLOSE_MS = 3_000;
const ending = asked();
const clock = new SystemClock();
const pool = openPool(databaseUrl, 'progress');
const store = new PgEventStore<UpdatesEvent>({
  databaseUrl,
  schema: 'progress',
  context: updates,
  opens: ['VersionObserved'],
  clockReal: realTime,
  log,
});
const connection = await connectBus({ servers, user, pass, name: 'progress' });

@Module({ controllers: [Consumer], providers: [{ provide: REACT, useValue: reactionTo(store, clock, seed) }] })
class Progress {}

const app = await NestFactory.create(Progress, new FastifyAdapter(), { logger: false, abortOnError: false });
const strategy = new JetStreamStrategy({
  connection,
  service: 'progress',
  pool,
  clock,
  log,
  ...(seed !== undefined && IMPATIENT),
});
connectStrategy(app, strategy);
const relay = new Relay({ connection, store, context: updates, pool, real: realTime, log, replicas });
const projections = new ProjectionRunner({
  store,
  databaseUrl,
  schema: 'progress',
  projections: [tallies(updates, { consumer: 'progress', names: HEARD })],
  real: realTime,
  log,
});
projections.start();
await relay.start();
await app.startAllMicroservices();
const operating = redeliverAll(strategy, realTime, ending);
await untilAborted(ending);
await operating;
await strategy.close();
await app.close();
await relay.stop();
await projections.stop();
await closeBus(connection, realTime, CLOSE_MS);
await store.close();
await pool.end();

import 'reflect-metadata';
import { Controller, type INestApplication, Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, Payload } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { type Fact, subjectOf } from '@managed-os/contracts';
import { connectBus, connectStrategy, type Delivered, JetStreamStrategy, type Settlement } from '@managed-os/event-bus';
import { realTime } from '@managed-os/kernel';
import type pg from 'pg';
import { log } from '../warnings.js';

export type Opened = Delivered<Fact<'ObligationOpened'>>;
export type Handle = (message: Opened) => Promise<Settlement>;

const HANDLE = Symbol('HANDLE');

@Controller()
class Consumer {
  constructor(@Inject(HANDLE) private readonly handle: Handle) {}

  @EventPattern<string>(subjectOf('ObligationOpened'))
  on(@Payload() message: Opened): Promise<Settlement> {
    return this.handle(message);
  }
}

export interface Service {
  caughtUp(): Promise<void>;
  close(): Promise<void>;
}

/** An instance of a service of this name, which hands what it hears to `handle`. */
export const startService = async (
  service: string,
  natsUrl: string,
  pool: pg.Pool,
  handle: Handle,
): Promise<Service> => {
  @Module({ controllers: [Consumer], providers: [{ provide: HANDLE, useValue: handle }] })
  class App {}
  const connection = await connectBus({ servers: natsUrl, name: service });
  const strategy = new JetStreamStrategy({ connection, service, pool, clock: { real: realTime }, log });
  const app: INestApplication = await NestFactory.create(App, new FastifyAdapter(), { logger: false });
  connectStrategy(app, strategy);
  await app.startAllMicroservices();
  return {
    caughtUp: () => strategy.caughtUp(),
    async close() {
      await app.close();
      await connection.close();
    },
  };
};

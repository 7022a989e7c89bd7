import 'reflect-metadata';
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { type Logger, nestLogger } from './logger.js';
import { refuseUrl } from './problem.js';
import { checkRoutes } from './route-check.js';
import type { Stops } from './stops.js';
import { BUS, CLOCK, CONFIG, DATABASE, EVENT_STORE, HEALTH, IDS, LOGGER, LOOPS } from './tokens.js';

type Providers = NonNullable<DynamicModule['providers']>;

/** The Nest application around a service's modules, which get `providers` by token. Throws when a route has no door. */
export const createApplication = async (
  modules: readonly (Type | DynamicModule)[],
  providers: Providers,
  log: Logger,
  stops: Stops,
): Promise<NestFastifyApplication> => {
  const adapter = new FastifyAdapter({ forceCloseConnections: 'idle', frameworkErrors: refuseUrl });
  const app = await NestFactory.create<NestFastifyApplication>(rootModule(modules, providers), adapter, {
    logger: nestLogger(log),
    abortOnError: false,
  });
  stops.add('application', () => app.close());
  checkRoutes(app.get(DiscoveryService));
  return app;
};

const rootModule = (modules: readonly (Type | DynamicModule)[], providers: Providers): DynamicModule => {
  @Module({})
  class Root {}
  return {
    module: Root,
    global: true,
    imports: [DiscoveryModule, ...modules],
    providers,
    exports: [CONFIG, CLOCK, IDS, EVENT_STORE, DATABASE, LOOPS, HEALTH, BUS, LOGGER],
  };
};

/** The API's description, at `/api/<name>/openapi.json`. */
export const describeApi = (app: NestFastifyApplication, name: string): void => {
  const document = SwaggerModule.createDocument(
    app,
    new DocumentBuilder().setTitle(`Managed OS ${name}`).setVersion('1').addBearerAuth().build(),
  );
  app
    .getHttpAdapter()
    .getInstance()
    .get(`/api/${name}/openapi.json`, () => document);
};

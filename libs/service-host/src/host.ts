import 'reflect-metadata';
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, DiscoveryModule, DiscoveryService, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { Context } from '@managed-os/contracts';
import { connectBus, connectStrategy, JetStreamStrategy, migrationsOfBus, Relay, request } from '@managed-os/event-bus';
import { migrate, PgEventStore, type Projection, ProjectionRunner } from '@managed-os/event-store';
import { type Clock, RandomIds, SharedClock, SystemClock } from '@managed-os/kernel';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { AccessGuard } from './access.js';
import { Authenticator } from './authenticator.js';
import { environment } from './config.js';
import { healthRoutes } from './health.js';
import { createLogger, type Logger, nestLogger } from './logger.js';
import { Loops } from './loops.js';
import { ProblemFilter } from './problem.js';
import { correlationOf } from './request-context.js';
import { checkRoutes } from './route-check.js';
import { InvalidConfig, parseConfig, redacted, type ServiceConfig } from './service-config.js';
import { stopTelemetry } from './telemetry.js';
import { BUS, CLOCK, CONFIG, DATABASE, EVENT_STORE, IDS, LOGGER, LOOPS } from './tokens.js';

/** What makes one service different from the others. */
export interface ServiceDefinition<C extends ServiceConfig = ServiceConfig> {
  /** Name, PostgreSQL schema, NATS user and durable: `deadlines`. */
  readonly name: string;
  /** What it publishes. */
  readonly context: Context;
  readonly config: new () => C;
  /** Folder of its numbered `.sql` files. */
  readonly migrations: URL;
  readonly projections: readonly Projection[];
  /** Events at which a load of a stream may start (closing the books). */
  readonly opens?: readonly string[];
  readonly module: Type;
  /** Last word before it listens, for content types and the like. */
  readonly configure?: (app: NestFastifyApplication) => void;
}

export interface RunningService {
  readonly app: NestFastifyApplication;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Resolves when every projection has seen every event appended before the call. */
  caughtUp(): Promise<void>;
  /** Stops in order: not ready, HTTP, pulling, what is in hand, loops, relay, NATS, pools. */
  close(): Promise<void>;
}

/** Starts a service and resolves when it is ready. Leaves nothing behind when it fails. */
export const createService = async <C extends ServiceConfig>(
  definition: ServiceDefinition<C>,
  env: Readonly<Record<string, string | undefined>>,
  given: { readonly clock?: Clock } = {},
): Promise<RunningService> => {
  const config = parseConfig(definition.config, env);
  const log = createLogger(definition.name, config.LOG_LEVEL);
  const stops: { readonly what: string; readonly stop: () => Promise<unknown> }[] = [];
  const onStop = (what: string, stop: () => Promise<unknown>): void => void stops.unshift({ what, stop });
  const stopAll = async (): Promise<void> => {
    for (const { what, stop } of stops.splice(0)) {
      await stop().catch((error: unknown) => log.error({ error, what }, 'stopping failed'));
    }
  };
  try {
    return await start(definition, config, log, given, onStop, stopAll);
  } catch (error) {
    await stopAll();
    throw error;
  }
};

const start = async <C extends ServiceConfig>(
  definition: ServiceDefinition<C>,
  config: C,
  log: Logger,
  given: { readonly clock?: Clock },
  onStop: (what: string, stop: () => Promise<unknown>) => void,
  stopAll: () => Promise<void>,
): Promise<RunningService> => {
  const { name, context } = definition;
  log.info({ config: redacted(config) }, 'starting');
  onStop('telemetry', stopTelemetry);

  const clock = given.clock ?? (await clockOf(config.MOS_CLOCK));
  if (clock instanceof SharedClock) onStop('clock', () => Promise.resolve(clock.close()));
  if (config.MIGRATION_DATABASE_URL) {
    const folders = [migrationsOfBus, definition.migrations];
    await migrate({
      ownerUrl: config.MIGRATION_DATABASE_URL,
      schema: name,
      role: roleOf(config.DATABASE_URL),
      folders,
      log,
    });
  }

  const pool = new pg.Pool({
    connectionString: config.DATABASE_URL,
    max: 10,
    options: `-c search_path=${name}`,
    application_name: name,
  });
  // One that breaks while somebody holds it: the next query says so; unheard, the event would end the process.
  pool.on('connect', (client) => void client.on('error', () => undefined));
  pool.on('error', (error) => log.warn({ error }, 'an idle database connection broke'));
  const db = new Kysely<never>({ dialect: new PostgresDialect({ pool }) });
  onStop('database', () => db.destroy());
  const store = new PgEventStore({
    databaseUrl: config.DATABASE_URL,
    schema: name,
    context,
    opens: definition.opens ?? [],
    clockReal: clock.real,
    log,
  });
  onStop('store', () => store.close());

  const connection = await connectBus({
    servers: config.NATS_URL,
    name,
    ...(config.NATS_USER && { user: config.NATS_USER }),
    ...(config.NATS_PASSWORD && { pass: config.NATS_PASSWORD }),
  });
  onStop('bus', () => connection.drain());
  const relay = new Relay({ connection, store, context, pool, real: clock.real, log });
  const projections = new ProjectionRunner({
    store,
    db,
    projections: definition.projections,
    schema: name,
    real: clock.real,
    log,
  });
  const loops = new Loops(clock.real, log);
  const ids = new RandomIds();

  const root = rootModule(definition.module, [
    { provide: CONFIG, useValue: config },
    { provide: CLOCK, useValue: clock },
    { provide: IDS, useValue: ids },
    { provide: EVENT_STORE, useValue: store },
    { provide: DATABASE, useValue: db },
    { provide: LOOPS, useValue: loops },
    { provide: LOGGER, useValue: log },
    {
      provide: BUS,
      useValue: {
        request: <T>(subject: string, body: unknown, timeoutMs: number) =>
          request<T>(connection, subject, body, timeoutMs),
      },
    },
    { provide: APP_FILTER, useValue: new ProblemFilter(log) },
    { provide: APP_GUARD, useValue: new AccessGuard(new Authenticator(config), clock, ids) },
  ]);
  const app = await NestFactory.create<NestFastifyApplication>(
    root,
    new FastifyAdapter({ forceCloseConnections: 'idle' }),
    {
      logger: nestLogger(log),
      abortOnError: false,
    },
  );
  onStop('application', () => app.close());
  checkRoutes(app.get(DiscoveryService));

  const strategy = new JetStreamStrategy({ connection, service: name, pool, clock, log });
  connectStrategy(app, strategy);
  let ready = false;
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, _reply, done) => {
    request.correlationId = correlationOf(request.headers['x-correlation-id'], ids);
    done();
  });
  healthRoutes(fastify, () => ready, [
    { name: 'database', check: () => pool.query('select 1').then(() => true) },
    { name: 'bus', check: () => connection.flush().then(() => true) },
    { name: 'relay', check: () => Promise.resolve(relay.refusal === undefined) },
  ]);
  openApi(app, name);
  definition.configure?.(app);

  projections.start();
  onStop('projections', () => projections.stop());
  onStop('relay', () => relay.stop());
  await relay.start();
  await app.startAllMicroservices();
  onStop('loops', () => loops.stop());
  onStop('consumers', () => strategy.close());
  await app.listen(config.PORT, config.HOST);
  onStop('http', () => fastify.close());
  loops.start();
  ready = true;
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  log.info({ url }, 'ready');

  return {
    app,
    url,
    caughtUp: () => projections.caughtUp(),
    async close() {
      ready = false;
      await stopAll();
    },
  };
};

const clockOf = (setting: string): Promise<Clock> =>
  setting.startsWith('scaled:')
    ? SharedClock.connect(setting.slice('scaled:'.length))
    : Promise.resolve(new SystemClock());

const roleOf = (databaseUrl: string): string => decodeURIComponent(new URL(databaseUrl).username);

const rootModule = (module: Type, providers: NonNullable<DynamicModule['providers']>): DynamicModule => {
  @Module({})
  class Root {}
  return {
    module: Root,
    global: true,
    imports: [DiscoveryModule, module],
    providers,
    exports: [CONFIG, CLOCK, IDS, EVENT_STORE, DATABASE, LOOPS, BUS, LOGGER],
  };
};

const openApi = (app: NestFastifyApplication, name: string): void => {
  const document = SwaggerModule.createDocument(
    app,
    new DocumentBuilder().setTitle(`Managed OS ${name}`).setVersion('1').addBearerAuth().build(),
  );
  app
    .getHttpAdapter()
    .getInstance()
    .get(`/api/${name}/openapi.json`, () => document);
};

/** Runs a service until SIGTERM or SIGINT. Exit code 1 with one clear line when it cannot start. */
export const host = async <C extends ServiceConfig>(definition: ServiceDefinition<C>): Promise<void> => {
  const stopped = new AbortController();
  const running = createService(definition, environment());
  const stop = (): void => {
    if (stopped.signal.aborted) return;
    stopped.abort();
    void running.then((service) => service.close()).finally(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  try {
    await running;
  } catch (error) {
    if (stopped.signal.aborted) return;
    const reason =
      error instanceof InvalidConfig
        ? error.message
        : error instanceof Error
          ? (error.stack ?? error.message)
          : String(error);
    process.stderr.write(`${definition.name}: cannot start: ${reason}\n`);
    process.exit(1);
  }
};

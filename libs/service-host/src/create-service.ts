import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { connectStrategy, inTime, JetStreamStrategy, Operations, Relay, request } from '@managed-os/event-bus';
import { ProjectionRunner } from '@managed-os/event-store';
import { type Clock, RandomIds, SharedClock, SystemClock } from '@managed-os/kernel';
import { AccessGuard } from './access.js';
import { createApplication, describeApi } from './application.js';
import { Authenticator } from './authenticator.js';
import type { Bus } from './bus.js';
import { migrateSchema, openConnections } from './connections.js';
import { correlateRequests } from './correlation.js';
import { Health, healthRoutes } from './health.js';
import { createLogger, type Logger } from './logger.js';
import { Loops } from './loops.js';
import { ProblemFilter } from './problem.js';
import { parseConfig, redacted, type ServiceConfig } from './service-config.js';
import type { RunningService, ServiceDefinition } from './service-definition.js';
import { Stops } from './stops.js';
import { StoresModule } from './stores/stores.module.js';
import { stopTelemetry } from './telemetry.js';
import { BUS, CLOCK, CONFIG, DATABASE, EVENT_STORE, HEALTH, IDS, LOGGER, LOOPS } from './tokens.js';

/** Starts a service and resolves when it is ready. Leaves nothing behind when it fails. */
export const createService = async <C extends ServiceConfig>(
  definition: ServiceDefinition<C>,
  env: Readonly<Record<string, string | undefined>>,
  given: { readonly clock?: Clock } = {},
): Promise<RunningService> => {
  const config = parseConfig(definition.config, env);
  const log = createLogger(definition.name, config.LOG_LEVEL);
  const stops = new Stops(log);
  try {
    log.info({ config: redacted(config) }, 'starting');
    stops.add('telemetry', stopTelemetry);
    const clock = given.clock ?? (await openClock(config, stops));
    return await start(definition, config, clock, log, stops);
  } catch (error) {
    await stops.all();
    throw error;
  }
};

const openClock = async ({ MOS_CLOCK }: ServiceConfig, stops: Stops): Promise<Clock> => {
  if (!MOS_CLOCK.startsWith('scaled:')) return new SystemClock();
  const clock = await SharedClock.connect(MOS_CLOCK.slice('scaled:'.length));
  stops.add('clock', () => Promise.resolve(clock.close()));
  return clock;
};

/** In the order in which each part needs the ones before it; `stops` undoes it from the end. */
const start = async <C extends ServiceConfig>(
  definition: ServiceDefinition<C>,
  config: C,
  clock: Clock,
  log: Logger,
  stops: Stops,
): Promise<RunningService> => {
  const { name, context } = definition;
  const { real } = clock;
  await migrateSchema(definition, config, log);
  const { pool, db, store, connection } = await openConnections(definition, config, clock, log, stops);

  const loops = new Loops(real, log);
  const ids = new RandomIds();
  const health = new Health();
  const bus: Bus = { request: (subject, body, timeoutMs) => request(connection, subject, body, timeoutMs) };
  const providers = [
    { provide: CONFIG, useValue: config },
    { provide: CLOCK, useValue: clock },
    { provide: IDS, useValue: ids },
    { provide: EVENT_STORE, useValue: store },
    { provide: DATABASE, useValue: db },
    { provide: LOOPS, useValue: loops },
    { provide: HEALTH, useValue: health },
    { provide: LOGGER, useValue: log },
    { provide: BUS, useValue: bus },
    { provide: APP_FILTER, useValue: new ProblemFilter(log) },
    { provide: APP_GUARD, useValue: new AccessGuard(new Authenticator(config), clock, ids) },
  ];
  const closeMs = config.SHUTDOWN_BUDGET_MS;
  const strategy = new JetStreamStrategy({ connection, service: name, pool, clock, log, closeMs });
  const relay = new Relay({ connection, store, context, pool, real, log, replicas: config.NATS_REPLICAS });
  const projections = new ProjectionRunner({
    store,
    databaseUrl: config.DATABASE_URL,
    projections: definition.projections,
    schema: name,
    real,
    log,
  });
  const operations = new Operations(pool);
  const storeRoutes = StoresModule.of({ owner: definition, strategy, relay, projections, operations });
  const doors = definition.doors ? [definition.doors(config)] : [];
  const app = await createApplication([definition.module, ...doors, storeRoutes], providers, log, stops);
  connectStrategy(app, strategy);

  let ready = false;
  const fastify = app.getHttpAdapter().getInstance();
  correlateRequests(fastify, ids);
  healthRoutes(fastify, () => ready, [
    { name: 'database', check: () => pool.query('select 1').then(() => true) },
    { name: 'bus', check: () => inTime(connection.flush(), real, 2_000) },
    { name: 'relay', optional: true, check: async () => (await relay.status()).state !== 'refusing' },
    ...health.checks,
  ]);
  describeApi(app, name);
  definition.configure?.(app);

  projections.start();
  stops.add('projections', () => projections.stop());
  stops.add('relay', () => relay.stop());
  await relay.start();
  stops.add('loops', () => loops.stop());
  stops.add('consumers', () => strategy.close());
  await app.startAllMicroservices();
  stops.add('http', () => fastify.close());
  await app.listen(config.PORT, config.HOST);
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
      await stops.all();
    },
  };
};

import { closeBus, connectBus, migrationsOfBus } from '@managed-os/event-bus';
import { migrate, openPool, PgEventStore } from '@managed-os/event-store';
import type { Clock } from '@managed-os/kernel';
import { Kysely, PostgresDialect } from 'kysely';
import type { Logger } from './logger.js';
import type { ServiceConfig } from './service-config.js';
import type { ServiceDefinition } from './service-definition.js';
import type { Stops } from './stops.js';

/** Migrates as the schema's owner, where the configuration names one. */
export const migrateSchema = async (
  { name, migrations }: Pick<ServiceDefinition, 'name' | 'migrations'>,
  { MIGRATION_DATABASE_URL, DATABASE_URL }: ServiceConfig,
  log: Logger,
): Promise<void> => {
  if (!MIGRATION_DATABASE_URL) return;
  const role = decodeURIComponent(new URL(DATABASE_URL).username);
  const folders = [migrationsOfBus, migrations];
  await migrate({ ownerUrl: MIGRATION_DATABASE_URL, schema: name, role, folders, log });
};

/** Opens the service's pool, its event store and NATS, and has each closed after whatever is started later. */
export const openConnections = async (
  { name, context, opens = [] }: Pick<ServiceDefinition, 'name' | 'context' | 'opens'>,
  { DATABASE_URL, NATS_URL, NATS_USER, NATS_PASSWORD, SHUTDOWN_BUDGET_MS }: ServiceConfig,
  clock: Clock,
  log: Logger,
  stops: Stops,
) => {
  const pool = openPool(
    {
      connectionString: DATABASE_URL,
      max: 10,
      query_timeout: 60_000,
      options: `-c search_path=${name}`,
      application_name: name,
    },
    (error) => log.warn({ error }, 'an idle database connection broke'),
  );
  const db = new Kysely<never>({ dialect: new PostgresDialect({ pool }) });
  stops.add('database', () => db.destroy());
  const store = new PgEventStore({
    databaseUrl: DATABASE_URL,
    schema: name,
    context,
    opens,
    clockReal: clock.real,
    log,
  });
  stops.add('store', () => store.close());
  const connection = await connectBus({
    servers: NATS_URL,
    name,
    ...(NATS_USER && { user: NATS_USER }),
    ...(NATS_PASSWORD && { pass: NATS_PASSWORD }),
  });
  stops.add('bus', () => closeBus(connection, clock.real, SHUTDOWN_BUDGET_MS));
  return { pool, db, store, connection };
};

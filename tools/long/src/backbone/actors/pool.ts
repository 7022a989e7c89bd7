import { withSettings } from '@managed-os/event-store';
import pg from 'pg';

/** A pool as service-host opens one. */
export const openPool = (databaseUrl: string, schema: string): pg.Pool =>
  new pg.Pool({
    connectionString: withSettings(databaseUrl, { search_path: schema }),
    max: 10,
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
    query_timeout: 60_000,
  })
    .on('connect', (client) => void client.on('error', () => undefined))
    .on('error', () => undefined);

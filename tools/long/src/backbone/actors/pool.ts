import { openPool as open, withSettings } from '@managed-os/event-store';
import type pg from 'pg';

/** A pool as service-host opens one. */
export const openPool = (databaseUrl: string, schema: string): pg.Pool =>
  open({ connectionString: withSettings(databaseUrl, { search_path: schema }), max: 10, query_timeout: 60_000 });

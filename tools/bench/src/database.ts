import { migrate, type MigrationFolder, withSettings } from '@managed-os/event-store';
import pg from 'pg';
import type { Place } from './contestant.js';

/** Runs statements on a connection of their own. */
export const onServer = async <T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

/** An empty database of the contestant's own, of this name or none. */
export const createDatabase = async ({ databaseUrl }: Place, name: string): Promise<Database> => {
  await onServer(databaseUrl, async (client) => {
    await client.query(`drop database if exists ${client.escapeIdentifier(name)} with (force)`);
    await client.query(`create database ${client.escapeIdentifier(name)}`);
  });
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () =>
      onServer(databaseUrl, async (client) => {
        await client.query(`drop database if exists ${client.escapeIdentifier(name)} with (force)`);
      }),
  };
};

export interface Database {
  /** As superuser. */
  readonly url: string;
  drop(): Promise<void>;
}

export interface StoreDatabase extends Database {
  /** As the service's role, its search path naming the schema. */
  readonly serviceUrl: string;
  readonly schema: string;
}

/** A database with the schema of one service's store, as `migrate` leaves it. */
export const createStoreDatabase = async (
  place: Place,
  name: string,
  schema: string,
  folders: readonly MigrationFolder[] = [],
): Promise<StoreDatabase> => {
  const database = await createDatabase(place, name);
  const role = `mos_${schema}`;
  await migrate({ ownerUrl: database.url, schema, role, folders });
  const serviceUrl = new URL(database.url);
  serviceUrl.username = role;
  return { ...database, schema, serviceUrl: withSettings(serviceUrl.href, { search_path: schema }) };
};

import { migrate, type MigrationFolder, withSettings } from '@managed-os/event-store';
import { realTime } from '@managed-os/kernel';
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

/** An empty database of this name, instead of one that may be there. */
export const createDatabase = async (place: Place, name: string): Promise<Database> => {
  const database = databaseOf(place, name);
  await database.drop();
  await onServer(place.databaseUrl, (client) => client.query(`create database ${client.escapeIdentifier(name)}`));
  return database;
};

const databaseOf = ({ databaseUrl }: Place, name: string): Database => {
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () =>
      onServer(databaseUrl, async (client) => {
        await untilLeft(client, name);
        await client.query(`drop database if exists ${client.escapeIdentifier(name)} with (force)`);
      }),
  };
};

const PATIENCE = 200;

/** Not every pool waits for its connections when it closes, and one that is thrown out ends the process. */
const untilLeft = async (client: pg.Client, name: string): Promise<void> => {
  for (let tries = 0; tries < PATIENCE; tries++) {
    const { rowCount } = await client.query('select from pg_stat_activity where datname = $1', [name]);
    if (rowCount === 0) return;
    await realTime.sleep(25);
  }
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

const roleOf = (schema: string): string => `mos_${schema}`;

/** A database with one service's store that was made before. */
export const storeDatabase = (place: Place, name: string, schema: string): StoreDatabase => {
  const database = databaseOf(place, name);
  const serviceUrl = new URL(database.url);
  serviceUrl.username = roleOf(schema);
  return { ...database, schema, serviceUrl: withSettings(serviceUrl.href, { search_path: schema }) };
};

/** A database with the schema of one service's store, as `migrate` leaves it. */
export const createStoreDatabase = async (
  place: Place,
  name: string,
  schema: string,
  folders: readonly MigrationFolder[] = [],
): Promise<StoreDatabase> => {
  const { url } = await createDatabase(place, name);
  await migrate({ ownerUrl: url, schema, role: roleOf(schema), folders });
  return storeDatabase(place, name, schema);
};

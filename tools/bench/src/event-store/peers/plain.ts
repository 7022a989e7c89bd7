import pg from 'pg';
import type { Open, Place } from '../../contestant.js';
import { createDatabase } from '../../database.js';
import { mac, macsOf, openedAsText, streamOf } from '../../events.js';
import { drive } from '../../measure/drive.js';
import { PAGE, replay } from '../../measure/replay.js';

/** Positions and nothing else: no stream is checked, no id is unique. */
const TABLE = `create table events (
  position bigint generated always as identity primary key,
  id       uuid        not null default gen_random_uuid(),
  stream   text        not null,
  revision bigint      not null,
  type     text        not null,
  time     timestamptz not null default now(),
  metadata json        not null,
  data     json        not null
)`;

export const COLUMNS = 'stream, revision, type, metadata, data';

export const openTable = async (place: Place, name: string, connections: number) => {
  const database = await createDatabase(place, name);
  const pool = new pg.Pool({ connectionString: database.url, max: connections });
  await pool.query(TABLE);
  return {
    database,
    pool,
    async close() {
      await pool.end();
      await database.drop();
    },
  };
};

const openInsertWith =
  (name: string, source: string): Open =>
  async (place, load) => {
    const { pool, close } = await openTable(place, name, load.writers);
    const writers = Array.from({ length: load.writers }, (_, writer) => macsOf(writer));
    return {
      round: () =>
        drive(load, async (writer) => {
          const device = writers[writer]?.() ?? mac(0);
          const { type, json, metadata } = openedAsText(device);
          await pool.query({
            name: 'insert',
            text: `insert into events (${COLUMNS}) ${source}`,
            values: [streamOf(device), 1, type, metadata, json],
          });
        }),
      close,
    };
  };

export const openInsert = openInsertWith('bench_insert', 'values ($1, $2, $3, $4, $5)');

/** Positions in commit order, an event at a time. */
export const openLockedInsert = openInsertWith(
  'bench_locked_insert',
  'select $1, $2, $3, $4, $5 from (select pg_advisory_xact_lock(1)) lock',
);

interface Event {
  readonly position: string;
}

export const openKeyset: Open = async (place, load) => {
  const { pool, close } = await openTable(place, 'bench_keyset', 2);
  const { type, json, metadata } = openedAsText(mac(1));
  await pool.query(`insert into events (${COLUMNS}) select $2, n, $3, $4, $5 from generate_series(1, $1::bigint) n`, [
    load.events,
    streamOf(mac(1)),
    type,
    metadata,
    json,
  ]);
  await pool.query('vacuum (freeze, analyze) events');
  return {
    round: () =>
      replay<Event>(
        load,
        true,
        async (last) => {
          const { rows } = await pool.query<Event>({
            name: 'keyset',
            text: 'select * from events where position > $1 order by position limit $2',
            values: [last?.position ?? 0, PAGE],
          });
          return rows;
        },
        () => undefined,
      ),
    close,
  };
};

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { RandomIds } from '@managed-os/kernel';
import pg from 'pg';
import type { Open, Place } from '../../contestant.js';
import { createDatabase, onServer } from '../../database.js';
import { mac, macsOf, openedAsText, streamOf } from '../../events.js';
import { drive } from '../../measure/drive.js';
import { PAGE, replay } from '../../measure/replay.js';
import { STREAMS } from '../load.js';

const FOLDER = path.join(
  path.dirname(createRequire(import.meta.url).resolve('@eventide/message-db/package.json')),
  'database',
);

/** Its own files in the order of its install.sh, without role, views and privileges. */
const FILES = [
  'schema/message-store',
  'types/message',
  'tables/messages',
  ...[
    'message-store-version',
    'hash-64',
    'acquire-lock',
    'category',
    'is-category',
    'id',
    'cardinal-id',
    'stream-version',
  ].map((name) => `functions/${name}`),
  ...['write-message', 'get-stream-messages', 'get-category-messages'].map((name) => `functions/${name}`),
  ...['messages-id', 'messages-stream', 'messages-category'].map((name) => `indexes/${name}`),
];

const openDatabase = async (place: Place, name: string, connections: number) => {
  const database = await createDatabase(place, name);
  const options = '-c search_path=message_store,public -c client_min_messages=warning';
  await onServer(database.url, async (client) => {
    await client.query(`set client_min_messages = warning; set search_path = message_store, public`);
    for (const file of FILES) await client.query(await readFile(path.join(FOLDER, `${file}.sql`), 'utf8'));
  });
  const pool = new pg.Pool({ connectionString: database.url, options, max: connections });
  return {
    database,
    pool,
    async close() {
      await pool.end();
      await database.drop();
    },
  };
};

const ids = new RandomIds();

/** It takes a lock per category, so that a category is written in order. */
const openAppend =
  (name: string, categoryOf: (writer: number) => string): Open =>
  async (place, load) => {
    const { pool, close } = await openDatabase(place, name, load.writers);
    const writers = Array.from({ length: load.writers }, (_, writer) => macsOf(writer));
    const versions = new Map<string, number>();
    return {
      round: () =>
        drive(load, async (writer) => {
          const device = writers[writer]?.() ?? mac(0);
          const { type, json, metadata } = openedAsText(device);
          const version = versions.get(device) ?? -1;
          await pool.query({
            name: 'write',
            text: 'select write_message($1, $2, $3, $4, $5, $6)',
            values: [ids.next(), `${categoryOf(writer)}-${device}`, type, json, metadata, version],
          });
          versions.set(device, version + 1);
        }),
      close,
    };
  };

export const openAppendToOne = openAppend('bench_message_db', () => 'obligations');
export const openAppendToMany = openAppend('bench_message_db_many', (writer) => `obligations${writer}`);

const fill = async (pool: pg.Pool, events: number, macs: number): Promise<void> => {
  const { type, json, metadata } = openedAsText(mac(1));
  await pool.query(
    `insert into messages (position, stream_name, type, data, metadata)
     select (n - 1) / $2::bigint, 'obligations-' || device, $3, replace($4, $5, device)::jsonb, $6::jsonb
     from generate_series(1, $1::bigint) n, lateral (select '00000000-0000-4000-8000-' || lpad(to_hex(n % $2::bigint), 12, '0') as device)`,
    [events, macs, type, json, mac(1), metadata],
  );
  await pool.query('vacuum (freeze, analyze) messages');
};

interface Message {
  readonly global_position: string;
  readonly data: string;
}

export const openReplay: Open = async (place, load) => {
  const { pool, close } = await openDatabase(place, 'bench_message_db_replay', 2);
  await fill(pool, load.events, 1_000);
  return {
    round: () =>
      replay<Message>(
        load,
        true,
        async (last) => {
          const { rows } = await pool.query<Message>({
            name: 'category',
            text: 'select * from get_category_messages($1, $2, $3)',
            values: ['obligations', Number(last?.global_position ?? 0) + 1, PAGE],
          });
          return rows;
        },
        ({ data }) => JSON.parse(data),
      ),
    close,
  };
};

export const openLoad: Open = async (place, load) => {
  const { pool, close } = await openDatabase(place, 'bench_message_db_load', 2);
  await fill(pool, load.events * STREAMS, STREAMS);
  let turn = 0;
  return {
    round: () =>
      drive(load, async () => {
        const { rows } = await pool.query<Message>({
          name: 'stream',
          text: 'select * from get_stream_messages($1, 0, $2)',
          values: [streamOf(mac(turn++ % STREAMS)), load.events],
        });
        const folded = rows.reduce((count, { data }) => (JSON.parse(data) ? count + 1 : count), 0);
        if (folded !== load.events) throw new Error(`folded ${folded} of ${load.events} events`);
      }),
    close,
  };
};

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { realTime } from '@managed-os/kernel';
import pg from 'pg';
import { from, to } from 'pg-copy-streams';
import type { Open } from '../../contestant.js';
import { createStoreDatabase } from '../../database.js';
import { mac, openedAsText, streamOf } from '../../events.js';
import { drive } from '../../measure/drive.js';
import { watchMemory } from '../../measure/memory.js';
import { fill } from '../fill.js';
import { COLUMNS, openTable } from './plain.js';
import { COPY_OUT } from './psql.js';

const BULK = 10_000;

/** Rows of a bare table, written as COPY reads them; a quote is the only thing in them that it would take for its own. */
export const openCopyIn: Open = async (place, load) => {
  const { pool, close } = await openTable(place, 'bench_copy', load.writers);
  return {
    round: () =>
      drive(load, async (writer) => {
        const client = await pool.connect();
        const { type, json, metadata } = openedAsText(mac(writer));
        const row = (n: number): string => `${[streamOf(mac(writer)), n, type, metadata, json].join('\t')}\n`;
        const rows = Array.from({ length: BULK }, (_, n) => row(n + 1));
        await pipeline(Readable.from(rows.join('')), client.query(from(`copy events (${COLUMNS}) from stdin`)));
        client.release();
        return BULK;
      }),
    close,
  };
};

const DATA_COLUMN = 8;

/** Our own store's events through COPY into Node; `parse`: their data parsed. */
const openCopyTo =
  (name: string, parse: boolean): Open =>
  async (place, load) => {
    const database = await createStoreDatabase(place, name, 'deadlines');
    await fill(database, load.events, 1_000);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    return {
      async round() {
        const memory = watchMemory();
        const began = realTime.elapsed();
        let [count, rest] = [0, ''];
        for await (const chunk of client.query(to(COPY_OUT))) {
          memory.look();
          if (!parse) {
            for (const byte of chunk as Buffer) if (byte === 10) count += 1;
            continue;
          }
          const lines = (rest + String(chunk)).split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) JSON.parse(line.split('\t')[DATA_COLUMN] ?? '');
          count += lines.length;
        }
        if (count !== load.events) throw new Error(`${count} of ${load.events} events came`);
        return { count, millis: realTime.elapsed() - began, facts: memory.facts() };
      },
      async close() {
        await client.end();
        await database.drop();
      },
    };
  };

export const openCopyParsed = openCopyTo('bench_copy_parsed', true);
export const openCopyBytes = openCopyTo('bench_copy_bytes', false);

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Open } from '../../contestant.js';
import { mac, openedAsText } from '../../events.js';
import { COLUMNS, openTable } from './plain.js';
import { run } from './program.js';

/** PostgreSQL's own load generator, in C: one bare INSERT per transaction. */
export const openPgbench: Open = async (place, load) => {
  await run('pgbench', ['--version'], 'dropped');
  const { database, close } = await openTable(place, 'bench_pgbench', 1);
  const folder = await mkdtemp(path.join(tmpdir(), 'managed-os-pgbench-'));
  const script = path.join(folder, 'insert.sql');
  await writeFile(
    script,
    `\\set n random(1, 1000)\ninsert into events (${COLUMNS}) values ('obligations-' || :n, 1, :type, :metadata, :data);\n`,
  );
  const { type, json, metadata } = openedAsText(mac(1));
  const values = Object.entries({ type, metadata, data: json }).flatMap(([name, value]) => ['-D', `${name}=${value}`]);
  const length = load.millis < 1_000 ? ['-t', '5'] : ['-T', String(Math.round(load.millis / 1_000))];
  return {
    async round() {
      const said = await run(
        'pgbench',
        ['-n', '-M', 'prepared', '-c', String(load.writers), '-f', script, ...values, ...length, database.url],
        'kept',
      );
      const count = Number(/transactions actually processed: (\d+)/.exec(said)?.[1]);
      const rate = Number(/tps = ([\d.]+)/.exec(said)?.[1]);
      return { count, millis: (count / rate) * 1_000 };
    },
    async close() {
      await rm(folder, { recursive: true });
      await close();
    },
  };
};

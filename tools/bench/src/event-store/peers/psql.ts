import { realTime } from '@managed-os/kernel';
import type { Open } from '../../contestant.js';
import { createStoreDatabase } from '../../database.js';
import { fill } from '../fill.js';
import { run } from './program.js';

/** What the store's replay reads, as the server writes it fastest. */
export const COPY_OUT = `copy (select position, stream, revision, id, type, time, recorded_at, metadata, data
  from deadlines.events order by position) to stdout`;

/** psql in C, its output dropped. */
export const openPsqlCopy: Open = async (place, load) => {
  await run('psql', ['--version'], 'dropped');
  const database = await createStoreDatabase(place, 'bench_psql', 'deadlines');
  await fill(database, load.events, 1_000);
  return {
    async round() {
      const began = realTime.elapsed();
      await run('psql', ['-X', '-q', '-c', COPY_OUT, database.url], 'dropped');
      return { count: load.events, millis: realTime.elapsed() - began };
    },
    close: () => database.drop(),
  };
};

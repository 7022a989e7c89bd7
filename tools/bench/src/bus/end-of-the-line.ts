import { done, migrationsOfBus } from '@managed-os/event-bus';
import { realTime } from '@managed-os/kernel';
import pg from 'pg';
import type { Open } from '../contestant.js';
import { createStoreDatabase } from '../database.js';
import { defer } from '../deferred.js';
import { quantile } from '../measure/statistics.js';
import { millisSince } from './monotonic.js';
import { startService } from './service.js';

/** A service whose handler only looks at the clock. */
export const openEndOfTheLine: Open = async (place, load) => {
  const database = await createStoreDatabase(place, 'bench_end_of_the_line', 'updates', [migrationsOfBus]);
  const pool = new pg.Pool({ connectionString: database.serviceUrl, max: 4 });
  const latencies: number[] = [];
  let all = defer<void>();
  const service = await startService('bench_reader', place.natsUrl, pool, (message) => {
    latencies.push(millisSince(BigInt(message.correlationId)));
    if (latencies.length === load.events) all.resolve();
    return Promise.resolve(done);
  });
  await service.caughtUp();
  return {
    async round() {
      const began = realTime.elapsed();
      await all.promise;
      const round = {
        count: latencies.length,
        millis: realTime.elapsed() - began,
        p50: quantile(latencies, 0.5),
        p99: quantile(latencies, 0.99),
      };
      latencies.length = 0;
      all = defer<void>();
      return round;
    },
    async close() {
      await service.close();
      await pool.end();
      await database.drop();
    },
  };
};

import { type Database, queryRows } from './pg-read.js';

/** Between which positions the log can be read. */
export interface LogBounds {
  /** What was up to here is in partitions that were detached. */
  readonly archivedTo: bigint;
  readonly upTo: bigint;
}

export const boundsOf = async (database: Database): Promise<LogBounds> => {
  // A partition says its bounds as `FOR VALUES FROM ('0') TO ('5000000')`.
  const [row] = await queryRows<[string, string | null]>(
    database,
    'log-bounds',
    `select (select last_position from store),
            (select min(substring(pg_get_expr(relpartbound, oid) from $$FROM \\('?(\\d+)$$)::bigint)
             from pg_inherits join pg_class on oid = inhrelid where inhparent = 'events'::regclass)`,
    [],
  );
  const upTo = BigInt(row?.[0] ?? 0);
  const lowest = BigInt(row?.[1] ?? upTo + 1n);
  return { archivedTo: lowest === 0n ? 0n : lowest - 1n, upTo };
};

import type { Row, Target } from '../benchmark.js';
import type { MeasuredRound, RowResult } from '../run.js';

const ENTRIES = {
  ours: { contestant: 'ours: append', title: 'ours', includes: 'all' },
  emmett: { contestant: 'emmett: append', title: 'emmett', includes: 'less' },
  pgbench: { contestant: 'pgbench: insert', title: 'pgbench', includes: 'little' },
} as const;

const rowWith = (targets: readonly Target[]): Row => ({
  name: 'append',
  title: 'append, 1 writer',
  unit: 'events',
  ours: ENTRIES.ours,
  peers: [ENTRIES.emmett, ENTRIES.pgbench],
  targets,
  load: { writers: 1, millis: 1_000, events: 0 },
  quick: { writers: 1, millis: 10, events: 0 },
  rounds: 2,
});

const rounds = (rates: readonly number[], p99: number): readonly MeasuredRound[] =>
  rates.map((count) => ({ count, millis: 1_000, p50: 1, p99, clientCpu: 20, serverCpu: 10 }));

/** We at these rates beside emmett at these; pgbench is not installed. */
export const resultOf = (
  targets: readonly Target[],
  ours: readonly number[],
  emmett: readonly number[],
): RowResult => ({
  row: rowWith(targets),
  entries: [
    { entry: ENTRIES.ours, rounds: rounds(ours, 2) },
    { entry: ENTRIES.emmett, rounds: rounds(emmett, 10) },
    { entry: ENTRIES.pgbench, missing: 'pgbench', rounds: [] },
  ],
});

import type { Benchmark } from '../benchmark.js';

/** What there is to measure, for people. */
export const listOf = (benchmarks: readonly Benchmark[]): string =>
  benchmarks
    .flatMap(({ name, rows }) => [name, ...rows.map((row) => `  ${row.name.padEnd(14)} ${row.title}`)])
    .join('\n');

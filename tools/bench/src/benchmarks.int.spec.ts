import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestNats, type TestNats } from '@managed-os/event-bus/testing';
import type { Benchmark, Row } from './benchmark.js';
import { benchmarks } from './benchmarks.js';
import type { Place } from './contestant.js';
import { type RowResult, runBenchmark } from './run.js';

/** The others differ from these by a number. */
const ALIKE = new Set(['append-1', 'append-8', 'catch-up']);
const rowsOf = ({ rows }: Benchmark): readonly Row[] => rows.filter(({ name }) => !ALIKE.has(name));

/** A round of these ends when all of its events are done; others last a while. */
const isCounted = ({ quick }: Row): boolean => quick.millis === 0 && quick.events > 0;

describe('benchmarks', () => {
  let nats: TestNats;
  let place: Place;

  beforeAll(async () => {
    nats = await startTestNats();
    const databaseUrl = process.env['TEST_DATABASE_URL'];
    if (databaseUrl === undefined) throw new Error('run through npm test: TEST_DATABASE_URL is not set');
    place = { databaseUrl, natsUrl: nats.url, natsDefaultUrl: nats.url };
  });
  afterAll(() => nats.stop());

  it.each(benchmarks.map((benchmark) => [benchmark.name, benchmark] as const))(
    'everybody who takes part in %s does what it should, and is in the result',
    async (_, benchmark) => {
      const rows = rowsOf(benchmark);
      const results = await runBenchmark(
        { rows },
        { place, serverPids: [], quick: true, progress: () => undefined, signal: new AbortController().signal },
      );
      expect(results.map(({ row }) => row.name)).toEqual(rows.map(({ name }) => name));
      expect(results.flatMap(miscounted)).toEqual([]);
    },
    600_000,
  );
});

/** Who has no round (unless its program is missing), or one of a wrong count. */
const miscounted = ({ row, entries }: RowResult): readonly string[] => {
  expect(entries).toHaveLength(1 + row.peers.length);
  return entries
    .filter(({ missing, rounds }) => {
      const [round] = rounds;
      if (missing !== undefined) return false;
      return !round || !(isCounted(row) ? round.count === row.quick.events : round.count > 0);
    })
    .map(({ entry, rounds }) => `${row.name}: ${entry.title} counted ${rounds[0]?.count}`);
};

import type { Benchmark } from '../benchmark.js';
import type { RowResult } from '../run.js';
import { judge } from './compare.js';
import { type Machine, wordsForMachine } from './machine.js';
import { toTable, wordsFor } from './table.js';

export interface Report {
  readonly benchmark: Benchmark;
  readonly quick: boolean;
  readonly machine: Machine;
  readonly results: readonly RowResult[];
}

/** For people: a page of Markdown. */
export const toMarkdown = ({ benchmark, quick, machine, results }: Report): string =>
  [
    `# ${benchmark.title}`,
    ...(quick ? ['A quick run: it shows that everything works, and its figures say nothing.'] : []),
    wordsForMachine(machine),
    toTable(results),
    includesOf(results),
    ...benchmark.notes,
  ].join('\n\n');

/** Each contestant once, where it first takes part. */
const includesOf = (results: readonly RowResult[]): string => {
  const said = new Map<string, string>();
  for (const { row, entries } of results)
    for (const { entry } of entries)
      if (!said.has(entry.contestant)) said.set(entry.contestant, `- ${row.title}: ${entry.title}: ${entry.includes}`);
  return ['What each of them does for an event:', '', ...said.values()].join('\n');
};

/** For machines: every round. */
export const toJson = ({ benchmark, quick, machine, results }: Report): string =>
  JSON.stringify(
    {
      benchmark: benchmark.name,
      quick,
      machine,
      rows: results.map((result) => ({
        name: result.row.name,
        title: result.row.title,
        load: quick ? result.row.quick : result.row.load,
        targets: judge(result).map(({ target, value, met }) => ({ target: wordsFor(target), value, met })),
        entries: result.entries.map(({ entry, missing, rounds }) => ({
          ...entry,
          ...(missing !== undefined && { missing }),
          rounds,
        })),
      })),
    },
    null,
    2,
  );

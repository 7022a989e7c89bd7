import type { Benchmark } from '../benchmark.js';
import type { RowResult } from '../run.js';
import { judge } from './compare.js';
import { type Machine, wordsForMachine } from './machine.js';
import { toTable, wordsFor } from './table.js';

export interface Report {
  readonly benchmark: Benchmark;
  readonly machine: Machine;
  readonly results: readonly RowResult[];
}

/** For people: a page of Markdown. */
export const toMarkdown = ({ benchmark, machine, results }: Report): string =>
  [
    `# ${benchmark.title}`,
    wordsForMachine(machine),
    toTable(results),
    includesOf(results),
    ...benchmark.notes,
  ].join('\n\n');

const includesOf = (results: readonly RowResult[]): string => {
  const said = new Map(
    results.flatMap(({ entries }) => entries.map(({ entry }) => [entry.title, entry.includes] as const)),
  );
  return ['What each of them does for an event:', '', ...[...said].map(([who, what]) => `- ${who}: ${what}`)].join('\n');
};

/** For machines: every round. */
export const toJson = ({ benchmark, machine, results }: Report): string =>
  JSON.stringify(
    {
      benchmark: benchmark.name,
      machine,
      rows: results.map((result) => ({
        name: result.row.name,
        title: result.row.title,
        load: result.row.load,
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

import type { Measure, Target } from '../benchmark.js';
import { median, spread } from '../measure/statistics.js';
import type { EntryResult, RowResult } from '../run.js';
import { judge, type Judged, medianOf, ratioOf } from './compare.js';
import { MEASURES } from './measures.js';

export type Cells = readonly string[];

const HEAD: Cells = [
  'what',
  'who',
  'per second',
  'p50 ms',
  'p99 ms',
  'CPU µs: client + server',
  'ours ÷ theirs',
  'target',
  'met',
];

const NUMERIC = new Set([2, 3, 4, 5, 6]);

/** Thousands apart; as many digits as say something. */
export const number = (value: number): string => {
  if (!Number.isFinite(value)) return '–';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
};

/** `p99 `, with what follows. */
const named = (of: Measure): string => (MEASURES[of].name === '' ? '' : `${MEASURES[of].name} `);

/** `≥ 5 ×`, `p99 ≤ 25.0 ms` */
export const wordsFor = ({ of, bound, value, times }: Target): string => {
  const unit = times === undefined ? MEASURES[of].unit : ' ×';
  const digits = times === undefined ? number(value) : String(value);
  return `${named(of)}${bound === 'at-least' ? '≥' : '≤'} ${digits}${unit}`;
};

const YES_OR_NO = { true: 'yes', false: '**no**', undefined: 'unknown' };

const perEvent = ({ rounds }: EntryResult, of: 'clientCpu' | 'serverCpu'): string =>
  number(median(rounds.map((round) => (round[of] / round.count) * 1_000)));

/** One line per contestant, ours first. */
const linesOf = (result: RowResult): readonly Cells[] => {
  const { row, entries } = result;
  const judged = judge(result);
  const [ours] = entries;
  return entries.map((entryResult, index): Cells => {
    const { entry, missing, rounds } = entryResult;
    const what = index === 0 ? `**${row.title}**` : '';
    if (missing !== undefined) return [what, entry.title, `${missing} is not installed`, '', '', '', '', '', ''];
    const own = judged.filter(({ target }) =>
      index === 0 ? target.times === undefined : target.times === entry.contestant,
    );
    const rates = rounds.map(MEASURES.rate.of);
    return [
      what,
      entry.title,
      `${number(median(rates))}${rounds.length > 1 ? ` ±${(spread(rates) * 100).toFixed(0)} %` : ''}`,
      number(medianOf('p50', entryResult)),
      number(medianOf('p99', entryResult)),
      `${perEvent(entryResult, 'clientCpu')} + ${perEvent(entryResult, 'serverCpu')}`,
      index === 0 || !ours ? ownValues(own) : ratios(own, ours, entryResult),
      own.map(({ target }) => wordsFor(target)).join('; '),
      own.map(({ met }) => YES_OR_NO[`${met}`]).join('; '),
    ];
  });
};

/** What cannot be seen in the other columns. */
const ownValues = (own: readonly Judged[]): string =>
  own
    .filter(({ target }) => !MEASURES[target.of].hasColumn)
    .map(({ target: { of }, value }) => `${named(of)}${number(value)}${MEASURES[of].unit}`)
    .join('; ');

const ratios = (own: readonly Judged[], ours: EntryResult, theirs: EntryResult): string =>
  [
    `${number(ratioOf('rate', ours, theirs))} ×`,
    ...own
      .filter(({ target }) => target.of !== 'rate')
      .map(({ target, value }) => `${named(target.of)}${number(value)} ×`),
  ].join('; ');

/** A Markdown table, its columns in line for readers of the text. */
export const toTable = (results: readonly RowResult[]): string => align([HEAD, ...results.flatMap(linesOf)]);

export const align = (rows: readonly Cells[]): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(3, ...rows.map((cells) => (cells[column] ?? '').length)));
  const line = (cells: Cells): string =>
    `| ${widths.map((width, column) => pad(cells[column] ?? '', width, NUMERIC.has(column))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (NUMERIC.has(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`;
  const [head = [], ...rest] = rows;
  return [line(head), rule, ...rest.map(line)].join('\n');
};

const pad = (text: string, width: number, right: boolean): string =>
  right ? text.padStart(width) : text.padEnd(width);

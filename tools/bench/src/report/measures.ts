import type { Measure } from '../benchmark.js';
import type { MeasuredRound } from '../run.js';

interface Meaning {
  /** In a target. */
  readonly name: string;
  readonly unit: string;
  /** The table has a column for it. */
  readonly hasColumn: boolean;
  /** Of one round; NaN where it was not measured. */
  readonly of: (round: MeasuredRound) => number;
}

const fact = ({ facts }: MeasuredRound, name: string): number => facts?.[name] ?? NaN;
const ofAThousand = (round: MeasuredRound, name: string): number => (fact(round, name) / round.count) * 1_000;

export const MEASURES: Readonly<Record<Measure, Meaning>> = {
  rate: { name: '', unit: '/s', hasColumn: true, of: ({ count, millis }) => (count / millis) * 1_000 },
  p50: { name: 'p50', unit: ' ms', hasColumn: true, of: ({ p50 = NaN }) => p50 },
  p99: { name: 'p99', unit: ' ms', hasColumn: true, of: ({ p99 = NaN }) => p99 },
  growth: {
    name: 'memory growth',
    unit: ' MB',
    hasColumn: false,
    of: (round) => fact(round, 'MB at most') - fact(round, 'MB before'),
  },
  'per-core': {
    name: 'a core’s worth',
    unit: '/s',
    hasColumn: false,
    of: ({ count, clientCpu }) => (clientCpu > 0 ? (count / clientCpu) * 1_000 : NaN),
  },
  'last-seen': {
    name: 'rows of last-seen',
    unit: ' per 1,000',
    hasColumn: false,
    of: (round) => ofAThousand(round, 'rows of last-seen'),
  },
  elsewhere: {
    name: 'rows elsewhere',
    unit: ' per 1,000',
    hasColumn: false,
    of: (round) => ofAThousand(round, 'rows elsewhere'),
  },
  batches: {
    name: 'batches',
    unit: ' per 1,000',
    hasColumn: false,
    of: (round) => ofAThousand(round, 'batches'),
  },
  onward: {
    name: 'without a new push',
    unit: ' %',
    hasColumn: false,
    of: (round) => (fact(round, 'onward') / fact(round, 'steps')) * 100,
  },
};

import type { Load } from './contestant.js';
import type { ContestantName } from './contestants.js';

/** Somebody in a row. */
export interface Entry {
  readonly contestant: ContestantName;
  /** As the table calls it. */
  readonly title: string;
  /** What each of its events paid for. */
  readonly includes: string;
}

/**
 * Events per second, and as many as one core of ours would do; a latency in milliseconds; by how many MB the process grew in
 * a round; of 1,000 connects, the rows and batches that they wrote; of 100 commands, how many came in
 * answer to a report.
 */
export type Measure = 'rate' | 'per-core' | 'p50' | 'p99' | 'growth' | 'last-seen' | 'elsewhere' | 'batches' | 'onward';

/** What the row promises: `ours` at least, or at most, so much; or so many times what a peer has. */
export interface Target {
  readonly of: Measure;
  readonly bound: 'at-least' | 'at-most';
  readonly value: number;
  /** The peer whose measure `value` multiplies; without one it is absolute. */
  readonly times?: ContestantName;
}

/** One line of a benchmark: we beside our peers, under the same load in the same run. */
export interface Row {
  /** For `--only`. */
  readonly name: string;
  readonly title: string;
  /** What one of its `count` is. */
  readonly unit: 'events' | 'messages' | 'loads' | 'plans' | 'Macs' | 'connects' | 'documents';
  readonly ours: Entry;
  readonly peers: readonly Entry[];
  readonly targets: readonly Target[];
  readonly load: Load;
  /** A load that takes no time, to see that everything works. */
  readonly quick: Load;
  readonly rounds: number;
}

export interface Benchmark {
  readonly name: string;
  readonly title: string;
  /** What was written, with which settings: below the table. */
  readonly notes: readonly string[];
  readonly rows: readonly Row[];
}

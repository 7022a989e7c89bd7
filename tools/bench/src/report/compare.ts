import type { Measure, Target } from '../benchmark.js';
import { median } from '../measure/statistics.js';
import type { EntryResult, RowResult } from '../run.js';
import { MEASURES } from './measures.js';

export const medianOf = (of: Measure, { rounds }: EntryResult): number => median(rounds.map(MEASURES[of].of));

/** Ours by theirs, round by round: both had the machine in the same minute. */
export const ratioOf = (of: Measure, ours: EntryResult, theirs: EntryResult): number =>
  median(
    ours.rounds.flatMap((round, index) => {
      const other = theirs.rounds[index];
      return other ? [MEASURES[of].of(round) / MEASURES[of].of(other)] : [];
    }),
  );

export interface Judged {
  readonly target: Target;
  /** A ratio, or the measure itself where the target is absolute; NaN where it could not be measured. */
  readonly value: number;
  /** Unknown without a value. */
  readonly met: boolean | undefined;
}

export const judge = ({ row, entries }: RowResult): readonly Judged[] => {
  const [ours] = entries;
  return row.targets.map((target) => {
    const theirs = entries.find(({ entry }) => entry.contestant === target.times);
    const value = !ours
      ? NaN
      : target.times === undefined
        ? medianOf(target.of, ours)
        : theirs
          ? ratioOf(target.of, ours, theirs)
          : NaN;
    const met = target.bound === 'at-least' ? value >= target.value : value <= target.value;
    return { target, value, met: Number.isNaN(value) ? undefined : met };
  });
};

import type { Difference } from './audit/evidence.js';
import { type Sample, type Stage, STAGES } from './monitor.js';

export interface Outcome {
  readonly seed: string;
  readonly nodes: number;
  readonly seconds: number;
  readonly drainSeconds: number;
  readonly deeds: ReadonlyMap<string, number>;
  readonly end: Sample;
  readonly stalls: ReadonlyMap<Stage, number>;
  readonly differences: readonly Difference[];
}

const SHOWN = 10;

const WORDS: Readonly<Record<Stage, string>> = {
  appended: 'first store',
  relayed: 'first stream',
  reacted: 'second store',
  relayedOn: 'second stream',
};

/** What a person wants to know at the end. */
export const summarize = (outcome: Outcome): readonly string[] => {
  const { seed, nodes, seconds, drainSeconds, deeds, end, stalls, differences } = outcome;
  const table = (rows: readonly (readonly [string, string])[]): readonly string[] =>
    rows.map(([what, value]) => `  ${what.padEnd(32)}${value.padStart(12)}`);
  return [
    '',
    `Sabotage (seed ${seed}, ${nodes === 1 ? 'one NATS server' : `${nodes} NATS servers`}, ${seconds.toFixed(0)} s)`,
    ...table([...deeds].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([deed, times]) => [deed, String(times)])),
    '',
    'Entries, a second, and the longest standstill',
    ...STAGES.map(
      (stage) =>
        `  ${WORDS[stage].padEnd(32)}${String(end[stage]).padStart(12)}${(end[stage] / seconds).toFixed(0).padStart(8)}/s` +
        `${((stalls.get(stage) ?? 0) / 1_000).toFixed(1).padStart(8)} s`,
    ),
    ...table([
      ['dead letters, all redelivered', String(end.letters)],
      ['quiet after', `${drainSeconds.toFixed(1)} s`],
    ]),
    '',
    ...tell(differences),
  ];
};

/** The list of differences, for a person. */
export const tell = (differences: readonly Difference[]): readonly string[] => {
  if (differences.length === 0) return ['Differences: none'];
  const byRule = new Map<string, readonly Difference[]>();
  for (const difference of differences)
    byRule.set(difference.rule, [...(byRule.get(difference.rule) ?? []), difference]);
  return [
    `Differences: ${differences.length}`,
    ...[...byRule].flatMap(([rule, those]) => [
      `  not true: ${rule} (${those.length})`,
      ...those.slice(0, SHOWN).map(({ what }) => `    ${what}`),
      ...(those.length > SHOWN ? [`    and ${those.length - SHOWN} more`] : []),
    ]),
  ];
};

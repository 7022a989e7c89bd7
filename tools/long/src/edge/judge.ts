import type { Rehearsal } from '@managed-os/local/rehearsal';

/** What of a system is watched: they hear and decide about every Mac. */
const WATCHED = ['dispatcher', 'progress', 'deadlines'];

export interface Verdict {
  readonly lines: readonly string[];
  /** What was promised and is not so. */
  readonly broken: readonly string[];
}

/** What a person wants to know of a fleet's update, and what of it is not as promised. */
export const judge = (rehearsal: Rehearsal): Verdict => {
  const { good, macs, commands, steps, pushes, minutes, peaks, deadLetters, restarted } = rehearsal;
  const defects = macs.reduce((sum, { defectCount }) => sum + defectCount, 0);
  const withInstalls = (fits: (installs: number) => boolean): string =>
    String(macs.filter(({ installs }) => fits(installs)).length);
  const broken = [
    ...(good ? [] : ['not every Mac that can be there is there with exactly one install']),
    ...(defects > 0 ? [`the Macs found ${defects} faults of the server`] : []),
    ...(deadLetters > 0 ? [`${deadLetters} messages became dead letters`] : []),
    ...restarted.map((part) => `${part} ended by itself`),
  ];
  const row = (what: string, value: string): string => `  ${what.padEnd(44)}${value.padStart(12)}`;
  return {
    broken,
    lines: [
      '',
      row(
        'Macs with exactly one install',
        withInstalls((installs) => installs === 1),
      ),
      row(
        'Macs with none',
        withInstalls((installs) => installs === 0),
      ),
      row(
        'Macs with more',
        withInstalls((installs) => installs > 1),
      ),
      row('faults of the server that Macs found', String(defects)),
      row('commands answered, a Mac', (commands / macs.length).toFixed(1)),
      row('pushes, a Mac', (pushes / macs.length).toFixed(1)),
      row('steps of conversations without a new push', `${((steps.onward / steps.asked) * 100).toFixed(1)} %`),
      row('dead letters', String(deadLetters)),
      ...WATCHED.map((part) => row(`memory of ${part} at most`, `${(peaks.get(part) ?? 0).toFixed(0)} MB`)),
      row('real time', `${minutes.toFixed(1)} min`),
      '',
      ...(broken.length === 0 ? ['Everything is as promised'] : broken.map((what) => `not as promised: ${what}`)),
    ],
  };
};

import type { Profiler, Runtime } from 'node:inspector';
import { align } from './table.js';

export interface SelfTime {
  readonly where: string;
  readonly millis: number;
  /** Of the time in which the process was not idle. */
  readonly part: number;
}

const nameOf = ({ functionName, url, lineNumber }: Runtime.CallFrame): string => {
  const file = url.split('/').slice(-3).join('/');
  return `${functionName || '(anonymous)'}${file === '' ? '' : ` ${file}:${lineNumber + 1}`}`;
};

const IDLE = '(idle)';

/** The functions in which most time was spent, without what they called. */
export const selfTimes = (
  { nodes, samples = [], timeDeltas = [] }: Profiler.Profile,
  most: number,
): readonly SelfTime[] => {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map<string, number>();
  for (const [i, id] of samples.entries()) {
    const where = names.get(id) ?? '';
    times.set(where, (times.get(where) ?? 0) + (timeDeltas[i] ?? 0) / 1_000);
  }
  times.delete(IDLE);
  const total = [...times.values()].reduce((sum, millis) => sum + millis, 0);
  return [...times]
    .map(([where, millis]) => ({ where, millis, part: millis / total }))
    .sort((a, b) => b.millis - a.millis)
    .slice(0, most);
};

export const toProfileTable = (times: readonly SelfTime[]): string =>
  align([
    ['function', 'file', 'self ms', 'of all'],
    ...times.map(({ where, millis, part }) => {
      const [name = '', file = ''] = where.split(' ');
      return [name, file, millis.toFixed(0), `${(part * 100).toFixed(1)} %`];
    }),
  ]);

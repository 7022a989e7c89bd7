import { readdirSync, readFileSync } from 'node:fs';

const TICK_MS = 10;

/** The fields of /proc/<pid>/stat after the name; the first of them is field 3. */
const statOf = (pid: number | string): readonly string[] => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  } catch {
    return [];
  }
};

const sum = (stat: readonly string[], ...fields: readonly number[]): number =>
  fields.reduce((total, field) => total + Number(stat[field - 3] ?? 0), 0) * TICK_MS;

/**
 * Milliseconds of processor time that a server with its processes has used since it began; 0 where there is no /proc.
 * Unlike a rate it hardly depends on who else is at work.
 */
export const cpuMillisOf = (pid: number): number => {
  const own = sum(statOf(pid), 14, 15, 16, 17);
  let processes: readonly string[];
  try {
    processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return 0;
  }
  return processes
    .map(statOf)
    .filter((stat) => Number(stat[1]) === pid)
    .reduce((total, stat) => total + sum(stat, 14, 15), own);
};

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Plan } from '../plan.js';

/** One input of `plan`, and what the specification says about it; its name has the numbers that it proves. */
export interface PlanCase {
  readonly name: string;
  readonly input: unknown;
  /** Of a valid input. */
  readonly expected?: Plan;
  /** The row of the decision table that decides a valid input, where the case says so. */
  readonly row?: string;
  /** The first fault of an invalid one. */
  readonly pointer?: string;
}

/** The cases of a file, one per line. */
export const readPlanCases = (file: string): readonly PlanCase[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as PlanCase);

/** The project's own cases, file by file. */
export const ownPlanCases = (): readonly { readonly file: string; readonly cases: readonly PlanCase[] }[] => {
  const folder = path.resolve(import.meta.dirname, '../../cases');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ndjson'))
    .sort()
    .map((file) => ({ file, cases: readPlanCases(path.join(folder, file)) }));
};

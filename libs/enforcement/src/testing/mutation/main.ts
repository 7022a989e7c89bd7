import { ownPlanCases } from '../cases.js';
import { comparison } from './grid.js';
import { type Fate, type Hunted, hunt } from './hunt.js';
import { mutants } from './mutants.js';

// npm run mutate-table [-- --json]
const of = (all: readonly Hunted[], kind: Fate['kind']): readonly Hunted[] =>
  all.filter(({ fate }) => fate.kind === kind);

const forPeople = (all: readonly Hunted[]): string =>
  [
    'noticed by  mutants',
    `a case      ${of(all, 'killed').length}`,
    `nobody      ${of(all, 'equivalent').length}  no situation tells these from the table`,
    ...of(all, 'equivalent').map(({ mutant }) => `              ${mutant}`),
    `no case     ${of(all, 'survived').length}  survivors: each needs a case`,
    ...of(all, 'survived').map(({ mutant }) => `              ${mutant}`),
  ].join('\n');

const hunted = hunt(
  ownPlanCases().flatMap(({ cases }) => cases),
  { prey: mutants(), agrees: comparison(), progress: (line) => console.error(line) },
);
console.log(process.argv.includes('--json') ? JSON.stringify(hunted, undefined, 2) : forPeople(hunted));
process.exitCode = of(hunted, 'survived').length > 0 ? 1 : 0;

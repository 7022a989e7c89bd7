import { describe, expect, it } from '@jest/globals';
import { ownPlanCases, type PlanCase } from '../cases.js';
import { comparison } from './grid.js';
import { hunt } from './hunt.js';
import { mutants } from './mutants.js';

const cases = ownPlanCases().flatMap((file) => file.cases);
const agrees = comparison();

describe('the cases and the decision table', () => {
  it('no change of a cell, of a row or of the order of two rows goes unnoticed', () => {
    const hunted = hunt(cases, { prey: mutants(), agrees });
    expect(hunted.filter(({ fate }) => fate.kind === 'survived')).toEqual([]);
    expect(hunted.filter(({ fate }) => fate.kind === 'killed').length).toBeGreaterThan(250);
  });

  it('a mutant of which no situation tells is no mutant; every other one is', () => {
    const named = (name: string): boolean => {
      const mutant = mutants().find((each) => each.name === name);
      if (!mutant) throw new Error(`no mutant is called ${name}`);
      return agrees(mutant);
    };
    // Nobody below 11.4 gets as far as row 9, and no Mac of row 14 has a bootstrap token.
    expect(named('row 9 from: 11.3.99')).toBe(true);
    expect(named('softwareupdate_cli needs: ["agent","bootstrap_token"]')).toBe(true);
    expect(named('row 8 and row 9 swapped')).toBe(true);
    expect(named('row 9 from: 11.4.1')).toBe(false);
    expect(named('row 11 (mdm_download_install) first atLeast: 11.4.99')).toBe(false);
    expect(named('startosinstall package: any')).toBe(false);
    expect(named('ddm_enforcement needs: ["enrolled","supervised"]')).toBe(false);
  });

  it('without the cases of a mechanism its mutants survive', () => {
    const few = cases.filter((each) => !JSON.stringify(each).includes('softwareupdate_cli'));
    const prey = mutants().filter(({ name }) => name === 'row 14 then combo_package');
    const fates = (some: readonly PlanCase[]) => hunt(some, { prey, agrees }).map(({ fate }) => fate.kind);
    expect(fates(few)).toEqual(['survived']);
    expect(fates(cases)).toEqual(['killed']);
  });

  it('every mutant has a name of its own', () => {
    const names = mutants().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

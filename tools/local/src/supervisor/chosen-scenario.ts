import type { Scenario } from '../demo/scenario.js';
import { SCENARIOS } from '../demo/scenarios.js';
import { readState, writeState } from '../infra/state-file.js';
import { CannotStart, type StateFolder } from './state-folder.js';

/**
 * The scenario of this folder, or, where none was begun, the one that is wanted, and from then on this one: its clock,
 * Macs and policies are there. Throws `CannotStart` when another one is wanted.
 */
export const scenarioIn = (folder: StateFolder, wanted: string | undefined): Scenario => {
  const file = folder.file('scenario.json');
  const begun = readState<{ readonly name: string }>(file)?.name;
  if (begun !== undefined && wanted !== undefined && wanted !== begun) {
    throw new CannotStart(
      `${folder.path} holds the scenario ${begun}: leave --scenario out to go on with it, add --fresh to begin ${wanted} instead, or choose another folder with MOS_STATE_DIR`,
    );
  }
  const name = begun ?? wanted ?? SCENARIOS[0].name;
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (!scenario) throw new CannotStart(`there is no scenario ${name} any more: begin anew with --fresh`);
  writeState(file, { name });
  return scenario;
};

import type { Scenario } from './scenario.js';
import { MACOS_27 } from './scenarios/macos-27.js';
import { MAIN_JOB } from './scenarios/main-job.js';

/** Every scenario that can be chosen; the first is played when nobody chooses. */
export const SCENARIOS: readonly [Scenario, ...Scenario[]] = [MAIN_JOB, MACOS_27];

import { backbone } from './backbone/backbone.js';
import type { Run } from './run.js';

/** In the order in which `all` runs them. */
export const runs: readonly Run[] = [backbone];

import { backbone } from './backbone/backbone.js';
import { cluster } from './cluster.js';
import { edge } from './edge/edge.js';
import { fuzz } from './fuzz.js';
import { offline } from './offline.js';
import type { Run } from './run.js';

/** In the order in which `all` runs them. */
export const runs: readonly Run[] = [fuzz, cluster, offline, backbone, edge];

import type { Command } from './command.js';
import { blueprints } from './commands/blueprints.js';
import { bus } from './commands/bus.js';
import { deadLetters } from './commands/dead-letters.js';
import { devices } from './commands/devices.js';
import { dryRun } from './commands/dry-run.js';
import { items } from './commands/items.js';
import { operations } from './commands/operations.js';
import { plan } from './commands/plan.js';
import { projections } from './commands/projections.js';
import { quarantine } from './commands/quarantine.js';
import { releases } from './commands/releases.js';
import { store } from './commands/store.js';
import { timeline } from './commands/timeline.js';
import { timers } from './commands/timers.js';

export const commands: readonly Command[] = [
  ...[devices, timeline, ...releases, ...quarantine, ...items, ...blueprints, ...timers, dryRun, plan],
  ...[...deadLetters, ...projections, ...store, ...bus, operations],
];

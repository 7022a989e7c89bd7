import type { Command } from './command.js';
import { blueprints } from './commands/blueprints.js';
import { devices } from './commands/devices.js';
import { items } from './commands/items.js';
import { releases } from './commands/releases.js';
import { timeline } from './commands/timeline.js';

export const commands: readonly Command[] = [devices, timeline, releases, ...items, ...blueprints];

export { eventually } from './eventually.js';
export { ManualClock } from './manual-clock.js';
export { SequentialIds } from './sequential-ids.js';
export { specify } from './specify.js';

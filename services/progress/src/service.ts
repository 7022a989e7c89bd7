import { updates as context } from '@managed-os/contracts';
import type { ServiceDefinition } from '@managed-os/service-host';
import { ProgressConfig } from './config.js';
import { deviceState } from './devices/device-state.projection.js';
import { failures } from './failures/failures.projection.js';
import { ProgressModule } from './progress.module.js';
import { timeline } from './timeline/timeline.projection.js';

/** Decides the next step of every Mac's update, and knows how far each Mac is. */
export const progressService: ServiceDefinition<ProgressConfig> = {
  name: 'progress',
  context,
  config: ProgressConfig,
  migrations: new URL('../src/migrations/', import.meta.url),
  projections: [deviceState, timeline, failures],
  opens: ['AttemptClosed'],
  module: ProgressModule,
};

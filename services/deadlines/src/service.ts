import { deadlines as context } from '@managed-os/contracts';
import type { ServiceDefinition } from '@managed-os/service-host';
import { DeadlinesConfig } from './config.js';
import { DeadlinesModule } from './deadlines.module.js';
import { inputs } from './inputs/inputs.projection.js';
import { states } from './obligations/states.projection.js';
import { timers } from './timers/timers.projection.js';

/** Knows what every Mac owes by when, and tells when those moments come. */
export const deadlinesService: ServiceDefinition<DeadlinesConfig> = {
  name: 'deadlines',
  context,
  config: DeadlinesConfig,
  migrations: new URL('../src/migrations/', import.meta.url),
  projections: [inputs, timers, states],
  module: DeadlinesModule,
};

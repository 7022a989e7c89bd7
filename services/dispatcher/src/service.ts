import { devices as context } from '@managed-os/contracts';
import type { ServiceDefinition } from '@managed-os/service-host';
import { DispatcherConfig } from './config.js';
import { doorsOf } from './doors.js';
import { DispatcherModule } from './dispatcher.module.js';
import { keepRawBodies } from './enrollment/raw-bodies.js';

/** Speaks to Macs, and reports what they said. */
export const dispatcherService: ServiceDefinition<DispatcherConfig> = {
  name: 'dispatcher',
  context,
  config: DispatcherConfig,
  migrations: new URL('../src/migrations/', import.meta.url),
  projections: [],
  opens: ['DeviceFactsChanged'],
  module: DispatcherModule,
  doors: doorsOf,
  configure: keepRawBodies,
};

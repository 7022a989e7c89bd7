import { blueprints as context } from '@managed-os/contracts';
import { ServiceConfig, type ServiceDefinition } from '@managed-os/service-host';
import { BlueprintsModule } from './blueprints.module.js';
import { blueprints } from './blueprints/blueprints.projection.js';

/** Keeps the Blueprints: which items are on them, and which Macs are in them. */
export const blueprintsService: ServiceDefinition = {
  name: 'blueprints',
  context,
  config: ServiceConfig,
  migrations: new URL('../src/migrations/', import.meta.url),
  projections: [blueprints],
  module: BlueprintsModule,
};

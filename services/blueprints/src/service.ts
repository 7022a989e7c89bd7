import { blueprints as context } from '@managed-os/contracts';
import { PreviewConfig, type ServiceDefinition } from '@managed-os/service-host';
import { BlueprintsModule } from './blueprints.module.js';
import { blueprints } from './blueprints/blueprints.projection.js';

/** Keeps the Blueprints: which items are on them, and which Macs are in them. */
export const blueprintsService: ServiceDefinition<PreviewConfig> = {
  name: 'blueprints',
  context,
  config: PreviewConfig,
  migrations: new URL('../src/migrations/', import.meta.url),
  projections: [blueprints],
  module: BlueprintsModule,
};

import { releases as context } from '@managed-os/contracts';
import { ServiceConfig, type ServiceDefinition } from '@managed-os/service-host';
import { releases } from './announcing/releases.projection.js';
import { ReleasesModule } from './releases.module.js';

/** Knows every public macOS release and tells the others when one appears. */
export const releasesService: ServiceDefinition = {
  name: 'releases',
  context,
  config: ServiceConfig,
  migrations: new URL('../src/migrations/', import.meta.url),
  projections: [releases],
  module: ReleasesModule,
};

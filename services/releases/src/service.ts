import { releases as context } from '@managed-os/contracts';
import type { ServiceDefinition } from '@managed-os/service-host';
import { releases } from './announcing/releases.projection.js';
import { ReleasesConfig } from './config.js';
import { proposalsProjection } from './proposals/proposals.projection.js';
import { ReleasesModule } from './releases.module.js';

/** Knows every public macOS release and tells the others when one appears. */
export const releasesService: ServiceDefinition<ReleasesConfig> = {
  name: 'releases',
  context,
  config: ReleasesConfig,
  migrations: new URL('../src/migrations/', import.meta.url),
  projections: [releases, proposalsProjection],
  module: ReleasesModule,
};

import { library as context } from '@managed-os/contracts';
import { PreviewConfig, type ServiceDefinition } from '@managed-os/service-host';
import { items } from './items/items.projection.js';
import { LibraryModule } from './library.module.js';

/** Keeps the Managed OS items and their version enforcement. */
export const libraryService: ServiceDefinition<PreviewConfig> = {
  name: 'library',
  context,
  config: PreviewConfig,
  migrations: new URL('../src/migrations/', import.meta.url),
  projections: [items],
  module: LibraryModule,
};

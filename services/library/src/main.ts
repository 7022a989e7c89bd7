import '@managed-os/service-host/telemetry';
import { host } from '@managed-os/service-host';
import { libraryService } from './service.js';

await host(libraryService);

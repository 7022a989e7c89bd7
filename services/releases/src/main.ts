import '@managed-os/service-host/telemetry';
import { host } from '@managed-os/service-host';
import { releasesService } from './service.js';

await host(releasesService);

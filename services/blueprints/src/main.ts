import '@managed-os/service-host/telemetry';
import { host } from '@managed-os/service-host';
import { blueprintsService } from './service.js';

await host(blueprintsService);

import '@managed-os/service-host/telemetry';
import { host } from '@managed-os/service-host';
import { progressService } from './service.js';

await host(progressService);

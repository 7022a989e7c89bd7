import '@managed-os/service-host/telemetry';
import { host } from '@managed-os/service-host';
import { dispatcherService } from './service.js';

await host(dispatcherService);

import '@managed-os/service-host/telemetry';
import { host } from '@managed-os/service-host';
import { deadlinesService } from './service.js';

await host(deadlinesService);

import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { PLIST_LIMITS } from '@managed-os/apple-mdm';
import { CONFIG } from '@managed-os/service-host';
import type { DispatcherConfig } from '../config.js';

/** The types that Fastify would parse by itself. */
const BUILT_IN = ['application/json', 'text/plain', 'application/x-www-form-urlencoded'];

/**
 * Bodies stay the bytes that came, whatever a Mac calls them or does not; more than a megabyte is answered with 413. A
 * webhook carries that much in Base64, and some words around it.
 */
export const keepRawBodies = (app: NestFastifyApplication): void => {
  const { DISPATCHER_MODE } = app.get<DispatcherConfig>(CONFIG);
  const bodyLimit = PLIST_LIMITS.maxBytes * (DISPATCHER_MODE === 'nanomdm' ? 2 : 1);
  for (const type of ['*', ...BUILT_IN]) {
    app.useBodyParser(type, { bodyLimit }, (_request, body: Buffer, done) => done(null, body));
  }
};

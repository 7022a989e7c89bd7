import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { PLIST_LIMITS } from '@managed-os/apple-mdm';

/** The types that Fastify would parse by itself. */
const BUILT_IN = ['application/json', 'text/plain', 'application/x-www-form-urlencoded'];

/** Bodies stay the bytes that came, whatever a Mac calls them or does not; more than a megabyte is answered with 413. */
export const keepRawBodies = (app: NestFastifyApplication): void => {
  for (const type of ['*', ...BUILT_IN]) {
    app.useBodyParser(type, { bodyLimit: PLIST_LIMITS.maxBytes }, (_request, body: Buffer, done) => done(null, body));
  }
};

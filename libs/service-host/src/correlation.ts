import { type Ids, isUuid } from '@managed-os/kernel';
import type { FastifyInstance } from 'fastify';
import { withLogScope } from './logger.js';

declare module 'fastify' {
  interface FastifyRequest {
    correlationId?: string;
  }
}

/** Gives every request a correlation id, the caller's own or a new one, and puts it on every line logged meanwhile. */
export const correlateRequests = (fastify: FastifyInstance, ids: Ids): void => {
  fastify.addHook('onRequest', (request, _reply, done) => {
    request.correlationId = correlationOf(request.headers['x-correlation-id'], ids);
    done();
  });
  // Entered behind the body, which is read in callbacks of the socket's own scope.
  fastify.addHook('preValidation', ({ correlationId = ids.next() }, _reply, done) =>
    withLogScope({ correlationId }, done),
  );
};

const correlationOf = (header: string | string[] | undefined, ids: Ids): string =>
  typeof header === 'string' && isUuid(header) ? header : ids.next();

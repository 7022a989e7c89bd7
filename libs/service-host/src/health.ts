import type { FastifyInstance } from 'fastify';

/** Something that must be well for the service to take requests; throws or answers false when it is not. */
export interface ReadinessCheck {
  readonly name: string;
  check(): Promise<boolean>;
}

/**
 * `/health/live`: the process answers. `/health/ready`: it may be given work; 503 names what is missing.
 * Plain Fastify routes, because probes bring no token and learn nothing secret.
 */
export const healthRoutes = (
  fastify: FastifyInstance,
  isReady: () => boolean,
  checks: readonly ReadinessCheck[],
): void => {
  fastify.get('/health/live', () => ({ status: 'live' }));
  fastify.get('/health/ready', async (_request, reply) => {
    const results = await Promise.all(
      checks.map(async ({ name, check }) => [name, await check().catch(() => false)] as const),
    );
    const failing = [...(isReady() ? [] : ['started']), ...results.filter(([, ok]) => !ok).map(([name]) => name)];
    return reply
      .status(failing.length === 0 ? 200 : 503)
      .send({ status: failing.length === 0 ? 'ready' : 'not-ready', failing });
  });
};

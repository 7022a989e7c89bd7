import type { FastifyInstance } from 'fastify';

/** Something that must be well for the service to take requests; throws or answers false when it is not. */
export interface ReadinessCheck {
  readonly name: string;
  /** Without it the service goes on taking requests, but somebody should look. */
  readonly optional?: true;
  check(): Promise<boolean>;
}

/** What a service's modules add to the checks: they take no work away, but an operator should look. */
export class Health {
  private readonly added: ReadinessCheck[] = [];

  /** Before the service listens. `check` throws or answers false when all is not well. */
  add(name: string, check: () => Promise<boolean>): void {
    this.added.push({ name, optional: true, check });
  }

  get checks(): readonly ReadinessCheck[] {
    return this.added;
  }
}

/**
 * `/health/live`: the process answers. `/health/ready`: it may be given work; 503 names what is missing, `degraded` what an
 * operator must mend while work goes on.
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
      checks.map(async (check) => ({ ...check, ok: await check.check().catch(() => false) })),
    );
    const not = results.filter(({ ok }) => !ok);
    const failing = [...(isReady() ? [] : ['started']), ...not.filter((c) => !c.optional).map(({ name }) => name)];
    const degraded = not.filter((c) => c.optional).map(({ name }) => name);
    return reply
      .status(failing.length === 0 ? 200 : 503)
      .send({ status: failing.length === 0 ? 'ready' : 'not-ready', failing, degraded });
  });
};

import { isInstant, parseInstant } from '@managed-os/kernel';
import fastify, { type FastifyInstance } from 'fastify';
import type { LocalAuthority } from '../authority/local-authority.js';
import { SERVICES, type ServiceName } from '../ingress/routes.js';
import type { SimulatedClock } from '../clock/simulated-clock.js';

export interface ControlServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Who hears of processes that join the running system. */
export interface Joined {
  join(service: ServiceName, replica: { readonly port: number; readonly pid: number }): void;
}

const HOLD = 25_000;

/**
 * What the processes of one system share besides the bus, on the loopback interface only:
 * `GET /clock[?after=revision]` (held up to 25 s), `PUT /clock` ({rate, planned?: {at, rate}} or {simulated}),
 * `PUT /replicas/<service>` ({port, pid}) of a process that joins, `GET /ca` (PEM) and `POST /ca` (PKCS#10 PEM in, {certificate, ca} out).
 */
export const startControl = async (
  clock: SimulatedClock,
  authority: LocalAuthority,
  joined: Joined,
): Promise<ControlServer> => {
  const app = fastify({ forceCloseConnections: true, bodyLimit: 65_536 });
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  clockRoutes(app, clock);
  app.get('/ca', (_request, reply) => reply.type('application/x-pem-file').send(authority.certificate));
  app.post('/ca', async (request, reply) => {
    try {
      return { certificate: await authority.sign(String(request.body)), ca: authority.certificate };
    } catch (error) {
      return reply
        .code(400)
        .send({ detail: `not a certificate request: ${error instanceof Error ? error.message : String(error)}` });
    }
  });
  app.put<{ Params: { service: string } }>('/replicas/:service', (request, reply) => {
    const { body, params } = request;
    const service = SERVICES.find((name) => name === params.service);
    if (!service || typeof body !== 'object' || body === null || !('port' in body) || !('pid' in body))
      return reply.code(400).send();
    if (typeof body.port !== 'number' || typeof body.pid !== 'number') return reply.code(400).send();
    joined.join(service, { port: body.port, pid: body.pid });
    return reply.code(204).send();
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { url, close: () => app.close() };
};

const clockRoutes = (app: FastifyInstance, clock: SimulatedClock): void => {
  app.get<{ Querystring: { after?: string } }>('/clock', ({ query }) => {
    const after = Number(query.after);
    return query.after === undefined || !Number.isSafeInteger(after) ? clock.anchor : clock.after(after, HOLD);
  });
  app.put('/clock', (request, reply) => {
    const change = changeOf(request.body);
    if (change === undefined)
      return reply.code(400).send({ detail: 'wanted {rate, planned?: {at, rate}} or {simulated}' });
    try {
      return reply.send(change(clock));
    } catch (error) {
      if (error instanceof RangeError) return reply.code(409).send({ detail: error.message });
      throw error;
    }
  });
};

const isRate = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0;

const changeOf = (body: unknown): ((clock: SimulatedClock) => unknown) | undefined => {
  if (typeof body !== 'object' || body === null) return undefined;
  if ('simulated' in body) {
    const at = typeof body.simulated === 'string' ? parseInstant(body.simulated) : undefined;
    return at === undefined ? undefined : (clock) => clock.jump(at);
  }
  if (!('rate' in body) || !isRate(body.rate)) return undefined;
  const { rate } = body;
  if (!('planned' in body)) return (clock) => clock.run(rate);
  const { planned } = body;
  if (typeof planned !== 'object' || planned === null || !('at' in planned) || !('rate' in planned)) return undefined;
  const { at, rate: next } = planned;
  return typeof at === 'string' && isInstant(at) && isRate(next)
    ? (clock) => clock.run(rate, { at, rate: next })
    : undefined;
};

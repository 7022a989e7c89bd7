import { fastify } from 'fastify';
import { RandomIds } from '@managed-os/kernel';
import { correlateRequests } from './correlation.js';
import { createLogger } from './logger.js';

/** A server whose handler logs a line, and the lines that it logged. */
const serve = () => {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger('test', 'info', { write: (line) => void lines.push(JSON.parse(line)) });
  const server = fastify();
  correlateRequests(server, new RandomIds());
  server.post('/', async (request) => {
    await Promise.resolve();
    log.info('handling');
    return { correlationId: request.correlationId };
  });
  const post = (headers: Record<string, string> = {}) =>
    server.inject({ method: 'POST', url: '/', headers, payload: { some: 'body' } });
  return { post, lines };
};

describe('the correlation id of a request', () => {
  const own = '018F0000-0000-7000-8000-00000000C0DE';

  it('is the one that the caller brought, also on what is logged meanwhile', async () => {
    const { post, lines } = serve();
    expect((await post({ 'x-correlation-id': own })).json()).toEqual({ correlationId: own });
    expect(lines).toMatchObject([{ message: 'handling', correlationId: own }]);
  });

  it.each([[{}], [{ 'x-correlation-id': 'mine' }]])('is a new one for %j', async (headers) => {
    const { post, lines } = serve();
    const { correlationId } = (await post(headers)).json<{ correlationId: string }>();
    expect(correlationId).toMatch(/^[0-9a-f]{8}-/);
    expect(lines).toMatchObject([{ correlationId }]);
  });

  it('of requests side by side do not mix', async () => {
    const { post, lines } = serve();
    const answers = await Promise.all(Array.from({ length: 20 }, () => post()));
    const ids = answers.map((answer) => answer.json<{ correlationId: string }>().correlationId);
    expect(lines.map(({ correlationId }) => correlationId).toSorted()).toEqual(ids.toSorted());
    expect(new Set(ids).size).toBe(20);
  });
});

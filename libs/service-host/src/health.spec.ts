import { describe, expect, it } from '@jest/globals';
import { fastify } from 'fastify';
import { Health, healthRoutes } from './health.js';

const ask = async (health: Health): Promise<unknown> => {
  const app = fastify();
  healthRoutes(app, () => true, [{ name: 'database', check: () => Promise.resolve(true) }, ...health.checks]);
  const answer = await app.inject('/health/ready');
  await app.close();
  return [answer.statusCode, answer.json()];
};

describe('what the modules of a service add to its health', () => {
  it('is degraded while one of them is not well, and goes on taking requests', async () => {
    const health = new Health();
    let well = true;
    health.add('feed', () => Promise.resolve(well));
    health.add('source', () => (well ? Promise.resolve(true) : Promise.reject(new Error('away'))));
    expect(await ask(health)).toEqual([200, { status: 'ready', failing: [], degraded: [] }]);
    well = false;
    expect(await ask(health)).toEqual([200, { status: 'ready', failing: [], degraded: ['feed', 'source'] }]);
  });
});

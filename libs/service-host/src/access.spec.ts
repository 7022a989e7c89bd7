import { Controller, Get, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, DiscoveryModule, DiscoveryService, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { RandomIds, SystemClock } from '@managed-os/kernel';
import { AccessGuard, MacDoor, Role } from './access.js';
import { Authenticator } from './authenticator.js';
import { createLogger } from './logger.js';
import { Problem, ProblemFilter } from './problem.js';
import { IfMatch, RequestContext } from './request-context.js';
import { checkRoutes, RouteWithoutAccess } from './route-check.js';
import { ServiceConfig } from './service-config.js';
import { startTestIssuer, type TestIssuer } from './testing/test-issuer.js';

@Controller('things')
@Role('viewer')
class ThingsController {
  @Get()
  list(@RequestContext() context: RequestContext) {
    return { actor: context.cause.actor, id: context.cause.idOf(0), once: context.once?.consumer };
  }

  @Get('kept')
  @Role('admin')
  keep(@IfMatch() revision: bigint) {
    return { revision: String(revision) };
  }

  @Get('broken')
  break(): never {
    throw new Error('password of the database is hunter2');
  }

  @Get('gone')
  gone(): never {
    throw new Problem(404, 'no-such-thing', 'There is no such thing.');
  }
}

@Controller('mdm')
class MacsController {
  @Get()
  @MacDoor()
  connect() {
    return 'hello';
  }
}

@Controller('open')
class OpenController {
  @Get()
  anybody() {
    return 'nobody thought of it';
  }
}

const TOKEN = 'a-local-token-for-tests';

const start = async (
  controllers: (new () => object)[],
  config: Partial<ServiceConfig> = {},
): Promise<NestFastifyApplication> => {
  const settings = Object.assign(new ServiceConfig(), { LOCAL_TOKEN: TOKEN, ...config });
  const log = createLogger('test', 'silent');
  @Module({
    imports: [DiscoveryModule],
    controllers,
    providers: [
      { provide: APP_FILTER, useValue: new ProblemFilter(log) },
      {
        provide: APP_GUARD,
        useValue: new AccessGuard(new Authenticator(settings), new SystemClock(), new RandomIds()),
      },
    ],
  })
  class Root {}
  const app = await NestFactory.create<NestFastifyApplication>(Root, new FastifyAdapter(), { logger: false });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
};

describe('who gets in (architecture section 10)', () => {
  let app: NestFastifyApplication;
  const get = (url: string, headers: Record<string, string> = {}) => app.inject({ method: 'GET', url, headers });
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  beforeAll(async () => {
    app = await start([ThingsController, MacsController]);
  });
  afterAll(() => app.close());

  it('nobody without a token', async () => {
    const answer = await get('/things');
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toMatchObject({ code: 'unauthenticated', status: 401 });
  });

  it('nobody with a wrong token', async () => expect((await get('/things', bearer('guess'))).statusCode).toBe(401));

  it('the holder of the local token, under a name that says nothing', async () => {
    const answer = await get('/things', bearer(TOKEN));
    expect(answer.json<{ actor: string }>().actor).toMatch(/^user:[0-9a-f-]{36}$/);
  });

  it('a Mac at its own door without a token, and never with 401', async () =>
    expect((await get('/mdm')).statusCode).toBe(200));

  it('the same idempotency key gives the same ids', async () => {
    const headers = { ...bearer(TOKEN), 'idempotency-key': 'once' };
    const [first, second] = [await get('/things', headers), await get('/things', headers)];
    expect(first.json()).toEqual(second.json());
    expect(first.json()).toMatchObject({ once: 'http' });
  });

  it.each([
    [undefined, 428],
    ['3', 400],
    ['"3"', 200],
  ])('If-Match %j answers %i', async (header, status) => {
    const answer = await get('/things/kept', { ...bearer(TOKEN), ...(header && { 'if-match': header }) });
    expect(answer.statusCode).toBe(status);
  });

  it('tells a stranger nothing about our faults', async () => {
    const answer = await get('/things/broken', bearer(TOKEN));
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('hunter2');
    expect(answer.json()).toMatchObject({ code: 'internal' });
  });

  it('answers problems as RFC 9457', async () =>
    expect((await get('/things/gone', bearer(TOKEN))).json()).toMatchObject({
      type: 'urn:managed-os:problem:no-such-thing',
      title: 'Not found',
      status: 404,
      detail: 'There is no such thing.',
    }));
});

describe('a route without a door', () => {
  it('keeps the service from starting', async () => {
    const app = await start([OpenController]);
    expect(() => checkRoutes(app.get(DiscoveryService))).toThrow(RouteWithoutAccess);
    expect(() => checkRoutes(app.get(DiscoveryService))).toThrow('OpenController.anybody');
    await app.close();
  });
});

describe('bearer tokens of an issuer', () => {
  let issuer: TestIssuer;
  beforeAll(async () => {
    issuer = await startTestIssuer();
  });
  afterAll(() => issuer.close());

  it.each([
    [['viewer'], '/things', 200],
    [['operator'], '/things', 200],
    [['viewer'], '/things/kept', 403],
    [[], '/things', 403],
  ])('roles %j at %s: %i', async (roles, url, status) => {
    const app = await start([ThingsController], { OIDC_ISSUER: issuer.address });
    const token = await issuer.sign({ roles });
    const answer = await app.inject({
      method: 'GET',
      url,
      headers: { authorization: `Bearer ${token}`, 'if-match': '"1"' },
    });
    expect(answer.statusCode).toBe(status);
    await app.close();
  });

  it('of another issuer are not known', async () => {
    const authenticator = new Authenticator(Object.assign(new ServiceConfig(), { OIDC_ISSUER: issuer.address }));
    expect(
      await authenticator.identify(`Bearer ${await issuer.sign({ roles: ['admin'] }, 'https://elsewhere.example')}`),
    ).toBeUndefined();
  });
});

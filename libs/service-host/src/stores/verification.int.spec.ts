import { done } from '@managed-os/event-bus';
import { eventually } from '@managed-os/kernel/testing';
import pg from 'pg';
import {
  mac,
  reach,
  reachedService,
  startTestIssuer,
  startTestService,
  type TestIssuer,
  type TestService,
} from '../testing/index.js';

const PATH = '/api/stores/deadlines';

let service: TestService;
let issuer: TestIssuer;
beforeAll(async () => {
  issuer = await startTestIssuer();
  service = await startTestService(
    reachedService(() => Promise.resolve(done)),
    { env: { OIDC_ISSUER: issuer.address, LOG_LEVEL: 'silent' } },
  );
  for (let n = 0; n < 5; n++) await reach(service, mac(n), n);
});
afterAll(async () => {
  await service.close();
  await issuer.close();
});

const verify = async (headers?: Readonly<Record<string, string>>): Promise<Response> =>
  fetch(`${service.url}${PATH}/verification`, {
    method: 'POST',
    headers: headers ?? (await issuer.authorization('operator')),
  });

const linesOf = async (response: Response): Promise<readonly Record<string, unknown>[]> =>
  (await response.text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const audit = async (): Promise<readonly Record<string, unknown>[]> =>
  (await service.api<{ items: readonly Record<string, unknown>[] }>('GET', `${PATH}/operations`)).body.items;

/** As nobody but a superuser can. */
const asOwner = async (...statements: readonly string[]): Promise<void> => {
  const owner = new pg.Client({ connectionString: service.database.ownerUrl });
  await owner.connect();
  await owner.query('set search_path = small; set session_replication_role = replica');
  for (const statement of statements) await owner.query(statement);
  await owner.end();
};

describe('the verification of a store over HTTP', () => {
  it('tells how far it is, and at last what it found', async () => {
    const lines = await linesOf(await verify());
    expect(lines.at(0)).toEqual({ checked: '10', upTo: '10' });
    expect(lines.at(-1)).toEqual({ events: '10', messages: '0', streams: '5', upTo: '10', faults: [], more: false });
    expect(await audit()).toMatchObject([
      { kind: 'verify', target: 'store', end: { outcome: 'done', detail: '10 events up to 10, faults: 0' } },
    ]);
  });

  it('names what somebody changed behind its back', async () => {
    const changed = `replace(data::text, '"lateSeconds":3', '"lateSeconds":4')::json`;
    await asOwner(`update events set data = ${changed} where position = 8`);
    const lines = await linesOf(await verify());
    expect(lines.at(-1)).toMatchObject({
      faults: [{ kind: 'digest-wrong', position: '8', stream: `obligations-${mac(3)}`, detail: expect.any(String) }],
    });
    expect((await audit()).at(-1)).toMatchObject({
      end: { outcome: 'failed', detail: '10 events up to 10, faults: 1' },
    });
  });

  it('ends when its caller goes away, and the audit says so', async () => {
    const before = (await audit()).length;
    const lock = new pg.Client({ connectionString: service.database.ownerUrl });
    await lock.connect();
    // So it waits in the middle.
    await lock.query('begin; lock table small.streams in access exclusive mode');
    const reader = (await verify()).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await lock.query('rollback');
    await lock.end();
    await eventually(async () => (await audit())[before]?.['end'] !== null, 'its end');
    expect((await audit())[before]).toMatchObject({
      end: { outcome: 'failed', detail: expect.stringContaining('the caller went away') },
    });
  });

  it('cannot be begun while the database cannot be reached', async () => {
    const { databaseUrl } = service.database;
    const name = new URL(databaseUrl).pathname.slice(1);
    const server = new URL(service.database.ownerUrl);
    server.pathname = '/postgres';
    const admin = new pg.Client({ connectionString: server.toString() });
    await admin.connect();
    try {
      await admin.query(`alter database ${name} connection limit 0`);
      await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
      const answer = await verify();
      expect(answer.status).toBe(503);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
    } finally {
      await admin.query(`alter database ${name} connection limit -1`);
      await admin.end();
    }
  });

  it('needs an operator', async () => {
    expect((await verify({})).status).toBe(401);
    expect((await verify(await issuer.authorization('viewer'))).status).toBe(403);
  });
});

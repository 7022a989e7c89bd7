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

interface Projection extends Record<string, unknown> {
  readonly name: string;
  readonly rebuild: Record<string, unknown> | null;
}

let service: TestService;
let issuer: TestIssuer;
let owner: pg.Client;
beforeAll(async () => {
  issuer = await startTestIssuer();
  service = await startTestService(
    reachedService(() => Promise.resolve(done)),
    { env: { OIDC_ISSUER: issuer.address, LOG_LEVEL: 'silent' } },
  );
  owner = new pg.Client({ connectionString: service.database.ownerUrl });
  await owner.connect();
  await owner.query('set search_path = small');
  for (let n = 0; n < 3; n++) await reach(service, mac(n), n);
  await service.caughtUp();
});
afterAll(async () => {
  await owner.end();
  await service.close();
  await issuer.close();
});

const list = async (): Promise<readonly Projection[]> =>
  (await service.api<{ items: readonly Projection[] }>('GET', `${PATH}/projections`)).body.items;

const rebuild = (name = 'reached', headers?: Readonly<Record<string, string>>) =>
  service.api('POST', `${PATH}/projections/${name}/rebuild`, undefined, headers);

const audit = async (): Promise<readonly Record<string, unknown>[]> =>
  (await service.api<{ items: readonly Record<string, unknown>[] }>('GET', `${PATH}/operations`)).body.items;

const lateSeconds = async (): Promise<readonly number[]> =>
  (await owner.query<{ late_seconds: number }>('select late_seconds from reached order by 1')).rows.map(
    (row) => row.late_seconds,
  );

describe('projections over HTTP', () => {
  it('tell how far they have read', async () => {
    expect(await list()).toEqual([
      {
        name: 'reached',
        version: 1,
        state: 'following',
        position: '6',
        head: '6',
        tables: ['reached'],
        failure: null,
        rebuild: null,
      },
    ]);
  });

  it('are rebuilt from the first event when an operator asks; the audit has who asked and how it ended', async () => {
    await owner.query('update reached set late_seconds = 77');
    const asked = await rebuild();
    expect(asked).toMatchObject({
      status: 202,
      body: { id: expect.any(String), projection: 'reached', askedBy: expect.stringMatching(/^user:/) },
    });
    await eventually(async () => (await list())[0]?.rebuild?.['state'] === 'done', 'the rebuild');
    expect(await list()).toMatchObject([{ state: 'following', rebuild: { id: asked.body['id'], events: '6' } }]);
    expect(await lateSeconds()).toEqual([0, 1, 2]);
    await eventually(async () => (await audit())[0]?.['end'] !== null, 'the end in the audit');
    expect(await audit()).toMatchObject([
      {
        kind: 'rebuild',
        target: 'projections/reached',
        askedBy: asked.body['askedBy'],
        end: { outcome: 'done', detail: 'rebuilt from 6 events' },
      },
    ]);
  });

  it('say which event holds them, and why', async () => {
    await owner.query('alter table reached add constraint never_so_late check (late_seconds < 99)');
    await reach(service, mac(1), 99);
    await eventually(async () => (await list())[0]?.['state'] === 'failing', 'the failure');
    expect(await list()).toMatchObject([
      {
        failure: {
          position: '8',
          eventType: 'managedos.deadlines.v1.DeadlineReached',
          message: expect.stringContaining('never_so_late'),
          times: expect.any(Number),
        },
      },
    ]);
    await owner.query('alter table reached drop constraint never_so_late');
    await eventually(async () => (await list())[0]?.['state'] === 'following', 'the end of the failure');
  });

  it('that there are not cannot be rebuilt', async () => {
    expect(await rebuild('unheard')).toMatchObject({ status: 404, body: { code: 'no-such-projection' } });
    expect(await rebuild('a.b')).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
  });

  it('are shown to viewers and rebuilt by operators', async () => {
    const shown = async (headers: Readonly<Record<string, string>>) =>
      (await service.api('GET', `${PATH}/projections`, undefined, headers)).status;
    expect(await shown({ authorization: '' })).toBe(401);
    expect(await shown(await issuer.authorization())).toBe(403);
    expect(await shown(await issuer.authorization('viewer'))).toBe(200);
    expect((await rebuild('unheard', { authorization: '' })).status).toBe(401);
    expect((await rebuild('unheard', await issuer.authorization('viewer'))).status).toBe(403);
    expect((await rebuild('unheard', await issuer.authorization('operator'))).status).toBe(404);
  });
});

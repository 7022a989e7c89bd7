import { done } from '@managed-os/event-bus';
import { startTestNats, type TestNats } from '@managed-os/event-bus/testing';
import { eventually } from '@managed-os/kernel/testing';
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
const REASON = { reason: 'the volume of NATS was deleted' };

let nats: TestNats;
let service: TestService;
let issuer: TestIssuer;
let handled: number[];
beforeAll(async () => {
  nats = await startTestNats();
  issuer = await startTestIssuer();
  service = await startTestService(
    reachedService(({ data }) => {
      handled.push(data.lateSeconds);
      return Promise.resolve(done);
    }),
    { natsUrl: nats.url, env: { OIDC_ISSUER: issuer.address, LOG_LEVEL: 'silent' } },
  );
});
beforeEach(() => (handled = []));
afterAll(async () => {
  await service.close();
  await nats.stop();
  await issuer.close();
});

const status = async () => (await service.api('GET', `${PATH}/relay`)).body;
const reseed = (body: object = REASON, headers: Readonly<Record<string, string>> = {}) =>
  service.api('POST', `${PATH}/relay/reseed`, body, headers);
const relayed = () =>
  eventually(async () => {
    const { position, lastPosition, state } = await status();
    return state === 'relaying' && position === lastPosition;
  }, 'everything in the stream');

it('a service relays nothing while its server cannot keep as many copies as NATS_REPLICAS says', async () => {
  const alone = await startTestNats();
  const asking = await startTestService(
    reachedService(() => Promise.resolve(done)),
    { natsUrl: alone.url, env: { NATS_REPLICAS: '3', LOG_LEVEL: 'silent' } },
  );
  expect((await asking.api('GET', `${PATH}/relay`)).body).toMatchObject({ state: 'unreachable' });
  await asking.close();
  await alone.stop();
});

describe('the relay over HTTP', () => {
  it('tells how far it is', async () => {
    await reach(service, mac(1), 0);
    await relayed();
    expect(await status()).toEqual({
      stream: 'MOS_DEADLINES',
      state: 'relaying',
      epoch: expect.stringMatching(/^[0-9a-f-]{36}$/),
      position: '2',
      lastPosition: '2',
      sequence: '1',
      refusal: null,
    });
  });

  it('has nothing to reseed while store and stream fit', async () => {
    expect(await reseed()).toMatchObject({ status: 409, body: { code: 'nothing-to-reseed' } });
  });

  it('publishes again what a lost stream held, when an admin says so and why', async () => {
    await nats.startEmpty();
    await eventually(async () => (await status())['state'] === 'refusing', 'the refusal');
    expect(await status()).toMatchObject({
      refusal: { reason: 'stream-lost', detail: expect.stringContaining('mos bus reseed deadlines') },
    });
    await reach(service, mac(1), 1);
    expect(await reseed()).toMatchObject({
      status: 200,
      body: { reason: 'stream-lost', newEpoch: false, after: '0', upTo: '4', removed: 0 },
    });
    await relayed();
    await eventually(() => handled.includes(1), 'what waited in the store');
    const { body } = await service.api<{ items: readonly object[] }>('GET', `${PATH}/operations`);
    expect(body.items).toMatchObject([
      { kind: 'reseed', target: 'relay', end: { outcome: 'failed' } },
      {
        kind: 'reseed',
        because: REASON.reason,
        end: { outcome: 'done', detail: expect.stringContaining('stream-lost') },
      },
    ]);
  });

  it('has the service read again what the streams hold, for an admin and with a reason', async () => {
    const reread = (body: object, headers = {}) => service.api('POST', `${PATH}/relay/reread`, body, headers);
    await reach(service, mac(2), 7);
    await eventually(() => handled.includes(7), 'the first time');
    expect((await reread(REASON, await issuer.authorization('operator'))).status).toBe(403);
    expect((await reread({})).status).toBe(400);
    expect(handled.filter((seconds) => seconds === 7)).toHaveLength(1);
    expect(await reread({ reason: 'the database was restored' })).toMatchObject({
      status: 200,
      body: { streams: ['MOS_DEADLINES'] },
    });
    await eventually(() => handled.filter((seconds) => seconds === 7).length === 2, 'the second time');
    const { body } = await service.api<{ items: readonly object[] }>('GET', `${PATH}/operations`);
    expect(body.items.at(-1)).toMatchObject({ kind: 'reread', end: { outcome: 'done' } });
  });

  it('is reseeded by nobody but an admin, and not without a reason', async () => {
    expect((await reseed(REASON, { authorization: '' })).status).toBe(401);
    expect((await reseed(REASON, await issuer.authorization('operator'))).status).toBe(403);
    expect((await reseed(REASON, await issuer.authorization('admin'))).status).toBe(409);
    expect(await reseed({})).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
  });

  it('is shown to viewers', async () => {
    const as = async (headers: Readonly<Record<string, string>>) =>
      (await service.api('GET', `${PATH}/relay`, undefined, headers)).status;
    expect(await as({ authorization: '' })).toBe(401);
    expect(await as(await issuer.authorization())).toBe(403);
    expect(await as(await issuer.authorization('viewer'))).toBe(200);
  });
});

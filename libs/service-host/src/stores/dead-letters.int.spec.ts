import { type Delivered, dead, done, type JetStreamStrategy, type Settlement } from '@managed-os/event-bus';
import { eventually } from '@managed-os/kernel/testing';
import {
  mac,
  reach,
  type Reached,
  reachedService,
  startTestIssuer,
  startTestService,
  type TestIssuer,
  type TestService,
} from '../testing/index.js';
import { STRATEGY } from './tokens.js';

const PATH = '/api/stores/deadlines';
const REASON = { reason: 'a bug of ours, mended since' };

interface Letter extends Record<string, unknown> {
  readonly letterId: string;
  readonly token: string;
}

interface Described {
  readonly responses: Readonly<Record<string, { readonly content?: object }>>;
  readonly security: readonly object[];
}

let service: TestService;
let issuer: TestIssuer;
let poisoned: Set<string>;
let handled: Map<string, number[]>;
/** What a handler waits for, and how many do. */
let gate: Promise<void>;
let waiting = 0;

const handle = async ({ data }: Delivered<Reached>): Promise<Settlement> => {
  waiting += 1;
  await gate;
  waiting -= 1;
  if (poisoned.has(data.deviceId)) return dead(`${data.lateSeconds} makes no sense`);
  handled.set(data.deviceId, [...(handled.get(data.deviceId) ?? []), data.lateSeconds]);
  return done;
};

beforeAll(async () => {
  issuer = await startTestIssuer();
  service = await startTestService(reachedService(handle), {
    env: { OIDC_ISSUER: issuer.address, LOG_LEVEL: 'fatal' },
  });
});
beforeEach(() => {
  poisoned = new Set();
  handled = new Map();
  gate = Promise.resolve();
});
afterAll(async () => {
  await service.close();
  await issuer.close();
});

let macs = 0;

/** So many messages of a Mac of its own, of which the first is poison: its letters. */
const parked = async (messages: number): Promise<readonly Letter[]> => {
  macs += 1;
  const device = mac(macs);
  poisoned.add(device);
  for (let n = 0; n < messages; n++) await reach(service, device, n);
  let letters: readonly Letter[] = [];
  await eventually(async () => {
    letters = await lettersOf(device);
    return letters.length === messages;
  }, `${messages} letters`);
  return letters;
};

const lettersOf = async (device: string, which = 'open'): Promise<readonly Letter[]> =>
  (await service.api<{ items: readonly Letter[] }>('GET', `${PATH}/dead-letters?which=${which}&device=${device}`)).body
    .items;

const post = <T = Record<string, unknown>>(path: string, body?: object, headers?: Readonly<Record<string, string>>) =>
  service.api<T>('POST', `${PATH}/dead-letters/${path}`, body, headers);

const auditOf = async (target: string): Promise<readonly Record<string, unknown>[]> => {
  const { body } = await service.api<{ items: readonly Record<string, unknown>[] }>(
    'GET',
    `${PATH}/operations?limit=1000`,
  );
  return body.items.filter((operation) => operation['target'] === target);
};

const malformed = { status: 400, body: { code: 'invalid-request' } };

describe('dead letters over HTTP', () => {
  it('are listed with what they are and why, a page at a time', async () => {
    const [first, second] = await parked(2);
    expect(first).toMatchObject({
      stream: 'MOS_DEADLINES',
      type: 'managedos.deadlines.v1.DeadlineReached',
      reason: 'refused',
      detail: '0 makes no sense',
      tries: 1,
      settled: null,
    });
    expect(second).toMatchObject({ reason: 'follows', tries: 0 });
    const page = await service.api('GET', `${PATH}/dead-letters?device=${first?.token}&limit=1`);
    expect(page.body).toEqual({ items: [first], next: first?.letterId });
    const rest = await service.api(
      'GET',
      `${PATH}/dead-letters?device=${first?.token}&limit=1&after=${first?.letterId}`,
    );
    expect(rest.body).toEqual({ items: [second], next: null });
    expect((await service.api('GET', `${PATH}/dead-letters?stream=MOS_UPDATES`)).body).toEqual({
      items: [],
      next: null,
    });
  });

  it('show their event, and how many wait behind them', async () => {
    const [first] = await parked(3);
    const { body } = await service.api('GET', `${PATH}/dead-letters/${first?.letterId}`);
    expect(body).toMatchObject({
      ...first,
      attributes: { actor: 'test', type: 'managedos.deadlines.v1.DeadlineReached', revision: '2' },
      headers: { 'ce-specversion': '1.0' },
      event: { deviceId: first?.token, lateSeconds: 0, dueAt: '2022-09-16T12:00:00.000Z' },
      unreadable: null,
      body: null,
      followers: 2,
    });
    expect(body['event']).not.toHaveProperty('type');
  });

  it.each([
    ['{ not json', { as: 'text', content: '{ not json' }],
    [Uint8Array.of(0xff, 0xfe), { as: 'base64', content: '//4=' }],
  ])('that nobody can read are shown as they came: %p', async (content, body) => {
    macs += 1;
    const { letters } = service.app.get<JetStreamStrategy>(STRATEGY);
    await letters.park({
      ...{ stream: 'MOS_DEADLINES', token: mac(macs), subject: `mos.deadlines.${mac(macs)}.deadline_reached` },
      ...{ messageId: `unreadable-${macs}`, sequence: 999n, reason: 'unreadable', detail: 'as it came', tries: 1 },
      headers: { 'ce-type': 'managedos.deadlines.v1.DeadlineReached' },
      body: Buffer.from(content),
    });
    const [letter] = await lettersOf(mac(macs));
    expect((await service.api('GET', `${PATH}/dead-letters/${letter?.letterId}`)).body).toMatchObject({
      event: null,
      unreadable: expect.stringContaining('managedos.deadlines.v1.DeadlineReached'),
      body,
    });
  });

  it('are redelivered in order, by any of them, once what ailed them is mended; then the Mac is free', async () => {
    const [first, , last] = await parked(3);
    const device = first?.token ?? '';
    const failing = await post(`${last?.letterId}/redeliver`);
    expect(failing).toMatchObject({
      status: 200,
      body: { redelivered: 0, waiting: 3, stoppedAt: { letterId: first?.letterId, detail: '0 makes no sense' } },
    });
    expect((await lettersOf(device))[0]).toMatchObject({ tries: 2 });
    poisoned.delete(device);
    expect((await post(`${last?.letterId}/redeliver`)).body).toEqual({ redelivered: 3, waiting: 0, stoppedAt: null });
    await reach(service, device, 3);
    await eventually(() => handled.get(device)?.length === 4, 'the next message');
    expect(handled.get(device)).toEqual([0, 1, 2, 3]);
    expect((await lettersOf(device, 'settled'))[0]).toMatchObject({
      settled: { outcome: 'redelivered', by: expect.stringMatching(/^user:/), at: expect.any(String) },
    });
    expect((await post('redeliver', { stream: 'MOS_DEADLINES', token: device })).body).toMatchObject({
      redelivered: 0,
    });
    expect(await auditOf(`dead-letters/MOS_DEADLINES/${device}`)).toMatchObject([
      { kind: 'redeliver', end: { outcome: 'failed', detail: expect.stringContaining('0 makes no sense') } },
      { kind: 'redeliver', end: { outcome: 'done', detail: '3 redelivered' } },
      { kind: 'redeliver', end: { outcome: 'done', detail: '0 redelivered' } },
    ]);
  });

  it('are discarded one by one; what follows waits on until it is redelivered', async () => {
    const [first] = await parked(2);
    const device = first?.token ?? '';
    const discarded = await post(`${first?.letterId}/discard`, REASON, { 'x-correlation-id': mac(5_000_000) });
    expect(discarded).toMatchObject({
      status: 200,
      body: {
        letterId: first?.letterId,
        settled: { outcome: 'discarded', because: REASON.reason },
        waiting: 1,
        next: 'One letter of its token waits for a redelivery, and what comes next behind it.',
      },
    });
    const again = await post(`${first?.letterId}/discard`, { reason: 'another one' });
    expect(again.body).toEqual(discarded.body);
    poisoned.delete(device);
    expect((await post('redeliver', { stream: 'MOS_DEADLINES', token: device })).body).toMatchObject({
      redelivered: 1,
    });
    expect(handled.get(device)).toEqual([1]);
    expect(await auditOf(`dead-letters/${first?.letterId}`)).toMatchObject([
      {
        kind: 'discard',
        because: REASON.reason,
        correlationId: mac(5_000_000),
        askedBy: expect.stringMatching(/^user:/),
        end: { outcome: 'done' },
      },
    ]);
  });

  it('free their Mac when the last one is discarded', async () => {
    const [only] = await parked(1);
    const device = only?.token ?? '';
    expect((await post(`${only?.letterId}/discard`, REASON)).body).toMatchObject({
      waiting: 0,
      next: 'No letter of its token waits: what comes next is handled.',
    });
    poisoned.delete(device);
    await reach(service, device, 1);
    await eventually(() => handled.has(device), 'the next message');
    expect(handled.get(device)).toEqual([1]);
  });

  it('that were redelivered cannot be discarded any more', async () => {
    const [only] = await parked(1);
    poisoned.delete(only?.token ?? '');
    await post(`${only?.letterId}/redeliver`);
    expect(await post(`${only?.letterId}/discard`, REASON)).toMatchObject({
      status: 409,
      body: { code: 'letter-redelivered' },
    });
    expect(await auditOf(`dead-letters/${only?.letterId}`)).toEqual([]);
  });

  it('of one Mac are in the hands of one operator at a time', async () => {
    const [only] = await parked(1);
    poisoned.delete(only?.token ?? '');
    let release: () => void = () => undefined;
    gate = new Promise((resolve) => (release = resolve));
    const first = post(`${only?.letterId}/redeliver`);
    await eventually(() => waiting === 1, 'the first redelivery');
    const second = await post(`${only?.letterId}/redeliver`);
    expect(second).toMatchObject({ status: 409, body: { code: 'letters-in-hand' } });
    expect((await post(`${only?.letterId}/discard`, REASON)).body).toMatchObject({ code: 'letters-in-hand' });
    release();
    expect((await first).body).toMatchObject({ redelivered: 1, waiting: 0 });
  });

  it.each([['which=some'], ['limit=0'], ['limit=1001'], ['after=-1'], ['colour=red']])(
    'are not listed by %s',
    async (query) => {
      expect(await service.api('GET', `${PATH}/dead-letters?${query}`)).toMatchObject(malformed);
    },
  );

  it.each([
    ['a reason of two letters', '1/discard', { reason: '  no  ' }],
    ['a reason of 1001 letters', '1/discard', { reason: 'x'.repeat(1_001) }],
    ['a reason that PostgreSQL cannot hold', '1/discard', { reason: 'a NUL: \0' }],
    ['no reason', '1/discard', {}],
    ['no body', '1/discard', undefined],
    ['no token', 'redeliver', { stream: 'MOS_DEADLINES' }],
    ['a pattern for a stream', 'redeliver', { stream: 'MOS.>', token: mac(1) }],
    ['a name for a number', 'first/redeliver', undefined],
  ])('are not settled with %s', async (_, path, body) => {
    expect(await post(path, body)).toMatchObject(malformed);
  });

  it.each([
    ['GET', 'dead-letters/999999', undefined],
    ['POST', 'dead-letters/999999/redeliver', undefined],
    ['POST', 'dead-letters/999999/discard', REASON],
  ])('%s %s is not there', async (method, path, body) => {
    expect(await service.api(method, `${PATH}/${path}`, body)).toMatchObject({
      status: 404,
      body: { code: 'no-such-letter' },
    });
  });

  it.each([
    ['GET', 'dead-letters', undefined],
    ['GET', 'dead-letters/1', undefined],
    ['GET', 'operations', undefined],
  ])('%s %s needs a viewer', async (method, path, body) => {
    expect((await service.api(method, `${PATH}/${path}`, body, { authorization: '' })).status).toBe(401);
    expect((await service.api(method, `${PATH}/${path}`, body, await issuer.authorization())).status).toBe(403);
    const { status } = await service.api(method, `${PATH}/${path}`, body, await issuer.authorization('viewer'));
    expect(status).toBe(200);
  });

  it.each([
    ['dead-letters/redeliver', { stream: 'MOS_DEADLINES', token: mac(1_000_000) }, 200],
    ['dead-letters/999999/redeliver', undefined, 404],
    ['dead-letters/999999/discard', REASON, 404],
  ])('POST %s needs an operator', async (path, body, allowed) => {
    const as = async (headers: Readonly<Record<string, string>>) =>
      (await service.api('POST', `${PATH}/${path}`, body, headers)).status;
    expect(await as({ authorization: '' })).toBe(401);
    expect(await as(await issuer.authorization('viewer'))).toBe(403);
    expect(await as(await issuer.authorization('operator'))).toBe(allowed);
  });
});

describe('the description of the API', () => {
  it('has every route of the store, with what it takes and what it answers', async () => {
    const { body } = await service.api<{ paths: Record<string, Record<string, Described>> }>(
      'GET',
      '/api/small/openapi.json',
    );
    const routes = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, described]) => ({ name: `${method} ${path}`, described })),
    );
    const stores = routes.filter(({ name }) => name.includes(` ${PATH}/`));
    expect(stores.map(({ name }) => name.replace(`${PATH}/`, '')).toSorted()).toEqual([
      'get dead-letters',
      'get dead-letters/{letterId}',
      'get events',
      'get operations',
      'get projections',
      'get relay',
      'post dead-letters/redeliver',
      'post dead-letters/{letterId}/discard',
      'post dead-letters/{letterId}/redeliver',
      'post projections/{name}/rebuild',
      'post relay/reread',
      'post relay/reseed',
      'post verification',
    ]);
    for (const { described } of stores) {
      expect(Object.values(described.responses).some((answer) => answer.content !== undefined)).toBe(true);
      expect(described.security).toEqual([{ bearer: [] }]);
    }
  });
});

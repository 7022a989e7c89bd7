import type { DeadlinesEvent } from '@managed-os/contracts';
import { done } from '@managed-os/event-bus';
import type { EventStore } from '@managed-os/event-store';
import { instant, reactionId } from '@managed-os/kernel';
import {
  mac,
  reach,
  reachedService,
  startTestIssuer,
  startTestService,
  type TestIssuer,
  type TestService,
} from '../testing/index.js';
import { EVENT_STORE } from '../tokens.js';

const PATH = '/api/stores/deadlines/events';

interface Event extends Record<string, unknown> {
  readonly type: string;
  readonly subject: string;
  readonly position: string;
}

let service: TestService;
let issuer: TestIssuer;
beforeAll(async () => {
  issuer = await startTestIssuer();
  service = await startTestService(
    reachedService(() => Promise.resolve(done)),
    { env: { OIDC_ISSUER: issuer.address, LOG_LEVEL: 'fatal' } },
  );
  for (let n = 0; n < 6; n++) await reach(service, mac(n % 2), n);
});
afterAll(async () => {
  await service.close();
  await issuer.close();
});

const read = async (query: string) =>
  (await service.api<{ items: readonly Event[]; next: string | null }>('GET', `${PATH}?${query}`)).body;

const lines = async (query: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(`${service.url}${PATH}?${query}`, {
    headers: { ...(await issuer.authorization('admin')), accept: 'application/x-ndjson', ...headers },
  });

const parsed = (text: string): readonly Event[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Event);

describe('the events of a store over HTTP', () => {
  it('are CloudEvents with what was stored', async () => {
    const { items } = await read('limit=2');
    expect(items).toEqual([
      {
        specversion: '1.0',
        id: expect.any(String),
        source: expect.stringMatching(/^mos:\/\/deadlines\/[0-9a-f-]{36}$/),
        type: 'managedos.deadlines.v1.DeadlineReached',
        subject: `obligations-${mac(0)}`,
        time: '2022-09-12T16:26:40.000Z',
        recordedtime: expect.stringMatching(/Z$/),
        revision: '2',
        position: '2',
        correlationid: mac(9_000_000),
        actor: 'test',
        datacontenttype: 'application/json',
        data: expect.objectContaining({ deviceId: mac(0), lateSeconds: 0 }),
      },
    ]);
  });

  it('come a page at a time, each once, to the end of the log', async () => {
    const items: Event[] = [];
    for (let after: string | null = '0'; after !== null;) {
      const page: Awaited<ReturnType<typeof read>> = await read(`limit=5&after=${after}`);
      items.push(...page.items);
      after = page.next;
    }
    expect(items.map(({ position }) => Number(position))).toEqual([2, 4, 6, 8, 10, 12]);
    expect(await read('after=12')).toEqual({ items: [], next: null });
  });

  it('of one stream are those of that stream', async () => {
    const first = await read(`stream=obligations-${mac(1)}&limit=4`);
    expect(first.items.map(({ position }) => position)).toEqual(['4', '8']);
    const rest = await read(`stream=obligations-${mac(1)}&limit=4&after=${first.next}`);
    expect(rest).toMatchObject({ items: [{ position: '12' }], next: null });
  });

  it('that stay in their store are for operators who ask for them', async () => {
    const { items } = await read('internal=true&limit=1');
    expect(items).toMatchObject([{ type: 'managedos.deadlines.v1.TimerCancelled', position: '1' }]);
    const as = async (role: 'viewer' | 'operator') =>
      service.api('GET', `${PATH}?internal=true`, undefined, await issuer.authorization(role));
    expect(await as('viewer')).toMatchObject({ status: 403, body: { code: 'role-missing', needed: 'operator' } });
    expect((await as('operator')).status).toBe(200);
  });

  it.each(['after=x', 'after=-1', 'limit=1001', 'limit=0', 'stream=a.b', 'internal=yes', 'colour=red'])(
    '%s is malformed',
    async (query) => {
      expect(await service.api('GET', `${PATH}?${query}`)).toMatchObject({
        status: 400,
        body: { code: 'invalid-request' },
      });
    },
  );

  it('need a viewer', async () => {
    const as = async (headers: Readonly<Record<string, string>>) =>
      (await service.api('GET', PATH, undefined, headers)).status;
    expect(await as({ authorization: '' })).toBe(401);
    expect(await as(await issuer.authorization())).toBe(403);
    expect(await as(await issuer.authorization('viewer'))).toBe(200);
    expect((await lines('', { authorization: '' })).status).toBe(401);
  });

  it('stream as lines to the end of the log, as they are in pages', async () => {
    const response = await lines('after=4');
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    expect(parsed(await response.text())).toEqual((await read('after=4')).items);
    expect(await (await lines('after=12')).text()).toBe('');
  });

  it('stream without a gap when they are many', async () => {
    const stream = `obligations-${mac(77)}`;
    const event = { type: 'TimerCancelled', deviceId: mac(77), timerId: mac(1), purpose: 'deadline' } as const;
    for (let from = 0; from < 5_000; from += 500) {
      await service.app.get<EventStore<DeadlinesEvent>>(EVENT_STORE).append({
        stream,
        expected: 'any',
        events: Array.from({ length: 500 }, () => event),
        cause: {
          correlationId: mac(1),
          actor: 'test',
          time: instant(1_663_000_000_000),
          idOf: (index) => reactionId('many', process.pid, from, index),
        },
      });
    }
    const events = parsed(await (await lines(`internal=true&stream=${stream}`)).text());
    expect(events.map(({ revision }) => Number(revision))).toEqual(Array.from({ length: 5_000 }, (_, i) => i + 1));
  });
});

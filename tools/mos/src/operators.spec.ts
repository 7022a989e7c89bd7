import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { realTime } from '@managed-os/kernel';
import { connectApi } from './api.js';
import { commands } from './commands.js';
import { createOutput } from './output.js';
import { runProgram } from './program.js';
import { noInput } from './testing/input.js';

const MAC = '00000000-0000-4000-8000-000000000001';
const USER = `user:${MAC}`;
const LETTER = {
  letterId: '17',
  stream: 'MOS_DEADLINES',
  token: MAC,
  subject: `mos.deadlines.${MAC}.deadline_reached`,
  type: 'managedos.deadlines.v1.ObligationRescheduled',
  messageId: MAC,
  sequence: '12',
  reason: 'exhausted',
  detail: 'TypeError: the handler found no obligation to which this could belong, and gave up after its last try',
  tries: 7,
  storedAt: '2022-09-16T14:00:03.120Z',
  settled: null,
};
const RELAY = {
  stream: 'MOS_UPDATES',
  state: 'relaying',
  epoch: MAC,
  position: '812',
  lastPosition: '812',
  refusal: null,
};
const TIMELINE = {
  name: 'timeline',
  version: 1,
  position: '812',
  head: '812',
  state: 'following',
  failure: null,
  rebuild: null,
};
const REBUILD = { id: MAC, state: 'asked', position: '0', head: '812', events: '772' };
const EVENT = {
  type: 'managedos.updates.v1.PhaseReached',
  subject: `device_update-${MAC}`,
  time: '2022-09-16T14:00:00.000Z',
};
const VERIFIED = { events: '812', messages: '40', streams: '24', upTo: '852', faults: [], more: false };

type Answer = readonly [status: number, body: unknown] | { readonly lines: readonly unknown[] };

describe('mos for operators', () => {
  let server: Server;
  /** What is answered to `GET /api/stores/updates/relay`, once or in turn; the last one stays. Everything else: an empty page. */
  let answers: Record<string, readonly Answer[]>;
  let asked: { readonly what: string; readonly body: unknown }[];
  let printed: string;
  let complained: string;

  const mos = (...argv: string[]): Promise<number> => {
    printed = '';
    complained = '';
    const streams = {
      out: (text: string): void => void (printed += text),
      err: (text: string): void => void (complained += text),
    };
    const api = connectApi(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'token');
    return runProgram(
      commands,
      argv,
      (json) => ({
        api,
        out: createOutput({ json, width: 100, live: true, ...streams }),
        input: noInput,
        real: { ...realTime, sleep: () => Promise.resolve() },
      }),
      streams,
    );
  };

  beforeAll(async () => {
    server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk) => (text += String(chunk)));
      request.on('end', () => {
        const what = `${request.method} ${request.url?.split('?')[0]?.replace('/api/stores/', '')}`;
        asked.push({ what: `${request.method} ${request.url}`, body: text ? JSON.parse(text) : undefined });
        const [answer = [200, { items: [] }] as const, ...rest] = answers[what] ?? [];
        if (rest.length > 0) answers[what] = rest;
        if ('lines' in answer) {
          response.writeHead(200, { 'content-type': 'application/x-ndjson' });
          for (const line of answer.lines) if (line !== 'broken') response.write(`${JSON.stringify(line)}\n`);
          if (!answer.lines.includes('broken')) return response.end();
          return response.write('{"hal', () => response.destroy());
        }
        response.writeHead(answer[0], { 'content-type': 'application/json' }).end(JSON.stringify(answer[1]));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  beforeEach(() => {
    answers = {};
    asked = [];
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const widest = (): number => Math.max(...printed.split('\n').map((line) => line.length));

  describe('dead-letters', () => {
    it('lists those of every context, whole ids in 100 columns', async () => {
      answers['GET blueprints/dead-letters'] = [[200, { items: [LETTER] }]];
      answers['GET updates/dead-letters'] = [[200, { items: [{ ...LETTER, letterId: '3', reason: 'follows' }] }]];
      expect(await mos('dead-letters', 'list', '--device', MAC)).toBe(0);
      expect(printed).toContain('blueprints 17');
      expect(printed).toContain('updates 3');
      expect(printed).toContain(MAC);
      expect(printed).toContain('ObligationRescheduled');
      expect(widest()).toBeLessThanOrEqual(100);
      expect(asked).toHaveLength(6);
      expect(asked[0]?.what).toBe(`GET /api/stores/library/dead-letters?limit=1000&which=open&device=${MAC}`);
    });

    it('lists settled ones with why', async () => {
      const settled = { outcome: 'discarded', at: '2022-09-16T15:00:00.000Z', by: USER, because: 'the Mac was wiped' };
      answers['GET updates/dead-letters'] = [[200, { items: [{ ...LETTER, settled }] }]];
      expect(await mos('dead-letters', '--settled', '--context', 'updates')).toBe(0);
      expect(printed).toMatch(/discarded\s+the Mac/);
      expect(asked[0]?.what).toContain('which=settled');
    });

    it('says which store did not answer, and goes on with the others', async () => {
      answers['GET devices/dead-letters'] = [[503, { detail: 'dispatcher is being restarted' }]];
      answers['GET updates/dead-letters'] = [[200, { items: [LETTER] }]];
      expect(await mos('dead-letters', 'list')).toBe(0);
      expect(complained).toBe('mos: no answer from devices\n');
      expect(printed).toContain('updates 17');
    });

    it('exits with 1 when somebody may not look', async () => {
      answers['GET library/dead-letters'] = [[403, { detail: 'This needs the role viewer.' }]];
      expect(await mos('dead-letters', 'list')).toBe(1);
      expect(complained).toBe('mos: 403 This needs the role viewer.\n');
    });

    it('exits with 2 for a context that there is not', async () => {
      expect(await mos('dead-letters', 'list', '--context', 'progress')).toBe(2);
      expect(complained).toContain('no context is called progress: library, blueprints, releases');
    });

    it('shows a letter with its event', async () => {
      const attributes = { type: LETTER.type, actor: 'service:deadlines' };
      const whole = { ...LETTER, attributes, event: { deviceId: MAC }, unreadable: null, body: null, followers: 1 };
      answers['GET updates/dead-letters/17'] = [[200, whole]];
      expect(await mos('dead-letters', 'show', 'updates', '17')).toBe(0);
      expect(printed).toContain('updates 17: ObligationRescheduled, exhausted');
      expect(printed).toContain('1 letter behind it');
      expect(printed).toContain('7 tries');
      expect(printed).toContain('service:deadlines');
      expect(printed).toContain(`"deviceId": "${MAC}"`);
    });

    it('shows what came instead of an event', async () => {
      const body = { as: 'base64', content: '//4=' };
      const whole = { ...LETTER, attributes: {}, event: null, unreadable: 'no JSON', body, followers: 0 };
      answers['GET updates/dead-letters/17'] = [[200, whole]];
      await mos('dead-letters', 'show', 'updates', '17');
      expect(printed).toContain('no event: no JSON\nas base64: //4=\n');
    });

    it.each([
      [{ redelivered: 3, waiting: 0, stoppedAt: null }, 0, '3 letters redelivered, no letters wait still\n'],
      [
        { redelivered: 0, waiting: 1, stoppedAt: { letterId: '17', detail: 'again' } },
        1,
        'updates 17 failed again: again\n',
      ],
    ])('redelivers: %j', async (body, code, words) => {
      answers['POST updates/dead-letters/17/redeliver'] = [[200, body]];
      expect(await mos('dead-letters', 'redeliver', 'updates', '17')).toBe(code);
      expect(printed).toContain(words);
    });

    it('discards with a reason, and not without', async () => {
      answers['POST updates/dead-letters/17/discard'] = [[200, { ...LETTER, next: '3 letters of its token wait.' }]];
      expect(await mos('dead-letters', 'discard', 'updates', '17', '--reason', 'wiped')).toBe(0);
      expect(asked[0]).toMatchObject({ body: { reason: 'wiped' } });
      expect(printed).toBe('discarded updates 17\n3 letters of its token wait.\n');
      expect(await mos('dead-letters', 'discard', 'updates', '17')).toBe(2);
      expect(complained).toContain("required option '--reason <reason>' not specified");
    });
  });

  describe('projections', () => {
    const failing = { position: '7', eventType: 'managedos.updates.v1.PhaseReached', message: 'no such row' };
    it('lists them with what ails them', async () => {
      const rebuild = { ...REBUILD, state: 'running' };
      answers['GET updates/projections'] = [
        [200, { items: [TIMELINE, { ...TIMELINE, name: 'device_state', state: 'failing', failure: failing }] }],
      ];
      answers['GET deadlines/projections'] = [[200, { items: [{ ...TIMELINE, name: 'timers', rebuild }] }]];
      expect(await mos('projections', 'list')).toBe(0);
      expect(printed).toContain('device_state');
      expect(printed).toContain('no such');
      expect(printed).toContain('rebuild running');
      expect(widest()).toBeLessThanOrEqual(100);
    });

    it('rebuilds one where it is, and shows how far it is', async () => {
      const at = (state: string, position: string): Answer => [
        200,
        { items: [{ ...TIMELINE, rebuild: { ...REBUILD, state, position } }] },
      ];
      answers['GET updates/projections'] = [at('done', '9'), at('running', '406'), at('done', '812')];
      answers['POST updates/projections/timeline/rebuild'] = [[202, REBUILD]];
      expect(await mos('projections', 'rebuild', 'timeline')).toBe(0);
      expect(complained).toContain('timeline [###############               ] 50 %, 406 of 812');
      expect(printed).toBe('timeline: rebuilt from 772 events\n');
    });

    it.each([
      ['failed', MAC, 'timeline: the rebuild failed: no such row', ''],
      ['running', 'another', '', 'mos: timeline: another rebuild took the place of this one'],
    ])('exits with 1 when it comes to nothing: %s %s', async (state, id, out, err) => {
      const rebuild = { ...REBUILD, id, state, detail: 'no such row' };
      answers['GET updates/projections'] = [[200, { items: [{ ...TIMELINE, rebuild }] }]];
      answers['POST updates/projections/timeline/rebuild'] = [[202, REBUILD]];
      expect(await mos('projections', 'rebuild', 'timeline', '--context', 'updates')).toBe(1);
      expect(printed).toContain(out);
      expect(complained).toContain(err);
    });

    it('only asks for a rebuild with --no-wait', async () => {
      answers['GET updates/projections'] = [[200, { items: [TIMELINE] }]];
      answers['POST updates/projections/timeline/rebuild'] = [[202, REBUILD]];
      expect(await mos('projections', 'rebuild', 'timeline', '--context', 'updates', '--no-wait')).toBe(0);
      expect(printed).toBe('timeline: the rebuild is asked for\n');
      expect(asked).toHaveLength(2);
    });

    it('wants to know which one when several have that name, and says when none has', async () => {
      answers['GET updates/projections'] = [[200, { items: [TIMELINE] }]];
      answers['GET devices/projections'] = [[200, { items: [TIMELINE] }]];
      expect(await mos('projections', 'rebuild', 'timeline')).toBe(2);
      expect(complained).toContain('devices and updates have a projection timeline');
      expect(await mos('projections', 'rebuild', 'unheard')).toBe(1);
      expect(asked.every(({ what }) => what.startsWith('GET'))).toBe(true);
    });
  });

  describe('store', () => {
    const lines = [1, 2, 3].map((n) => ({ ...EVENT, position: String(n) }));
    it('prints events, one per line', async () => {
      answers['GET updates/events'] = [{ lines }];
      expect(await mos('store', 'events', 'updates', '--after', '7', '--internal')).toBe(0);
      expect(asked[0]?.what).toBe('GET /api/stores/updates/events?after=7&internal=true');
      expect(printed.split('\n')).toHaveLength(4);
      expect(printed).toContain(`        1  2022-09-16 14:00:00  PhaseReached            device_update-${MAC}\n`);
    });

    it('prints so many and no more, as JSON one per line', async () => {
      answers['GET updates/events'] = [{ lines }];
      expect(await mos('store', 'events', 'updates', '--limit', '2', '--json')).toBe(0);
      const events = printed
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object);
      expect(events).toEqual(lines.slice(0, 2));
      expect(await mos('store', 'events', 'updates', '--limit', 'few')).toBe(2);
    });

    it('follows from where it was, until nobody answers', async () => {
      answers['GET updates/events'] = [
        { lines: lines.slice(0, 2) },
        { lines: [] },
        { lines: [lines[2]] },
        { lines: ['broken'] },
      ];
      expect(await mos('store', 'events', 'updates', '--follow')).toBe(3);
      expect(asked.map(({ what }) => what.split('after=')[1])).toEqual(['0', '2', '2', '3']);
      expect(printed.trim().split('\n')).toHaveLength(3);
      expect(complained).toContain('broke off');
    });

    it('verifies every store with progress', async () => {
      for (const context of ['library', 'blueprints', 'releases', 'deadlines', 'devices', 'updates'])
        answers[`POST ${context}/verification`] = [{ lines: [{ checked: '500', upTo: '852' }, VERIFIED] }];
      expect(await mos('store', 'verify')).toBe(0);
      expect(complained).toContain('updates: 500 of 852');
      expect(printed.match(/ 812 .* 40 .* 24 .* 852 .* 0/g)).toHaveLength(6);
    });

    it('shows the faults of a store and exits with 1', async () => {
      const faults = [
        { kind: 'digest-wrong', position: '12', stream: `device_update-${MAC}`, detail: 'not the digest of its data' },
        { kind: 'end-wrong', position: null, stream: null, detail: 'the log goes on' },
      ];
      const wrong = { lines: [{ ...VERIFIED, faults, more: true }] };
      answers['POST updates/verification'] = [wrong, wrong];
      expect(await mos('store', 'verify', 'updates')).toBe(1);
      expect(printed).toContain('2 and more');
      expect(printed).toContain('digest-wrong');
      expect(printed).toContain(`device_update-${MAC}`);
      expect(widest()).toBeLessThanOrEqual(100);
      expect(await mos('store', 'verify', 'updates', '--json')).toBe(1);
      expect(JSON.parse(printed)).toEqual({ items: [{ context: 'updates', ...VERIFIED, faults, more: true }] });
    });

    it('takes no half of an answer for the whole', async () => {
      answers['POST updates/verification'] = [{ lines: [{ checked: '500', upTo: '852' }] }];
      expect(await mos('store', 'verify', 'updates')).toBe(3);
      answers['POST updates/verification'] = [{ lines: [{ checked: '500', upTo: '852' }, 'broken'] }];
      expect(await mos('store', 'verify', 'updates')).toBe(3);
      expect(printed).toBe('');
    });
  });

  describe('bus', () => {
    it('shows how far each relay is, and exits with 1 when one refuses', async () => {
      for (const context of ['library', 'blueprints', 'releases', 'deadlines', 'devices', 'updates'])
        answers[`GET ${context}/relay`] = [[200, RELAY]];
      expect(await mos('bus', 'status')).toBe(0);
      expect(printed.match(/MOS_UPDATES {2}relaying/g)).toHaveLength(6);
      const refusal = { reason: 'stream-lost', detail: 'stream MOS_UPDATES does not fit: mos bus reseed updates' };
      answers['GET updates/relay'] = [[200, { ...RELAY, state: 'refusing', refusal }]];
      expect(await mos('bus', 'status', '--context', 'updates')).toBe(1);
      expect(printed).toContain(refusal.detail);
    });

    it('reseeds with a reason, and not without', async () => {
      const body = { reason: 'stream-lost', epoch: MAC, newEpoch: true, after: '0', upTo: '812', removed: 4 };
      answers['POST updates/relay/reseed'] = [[200, body]];
      expect(await mos('bus', 'reseed', 'updates', '--reason', 'volume lost')).toBe(0);
      expect(asked[0]).toMatchObject({ body: { reason: 'volume lost' } });
      expect(printed).toContain('updates: events after 0, up to 812, are published again; 4 messages were removed');
      expect(printed).toContain(`epoch ${MAC}`);
      expect(await mos('bus', 'reseed', 'updates')).toBe(2);
    });
  });

  describe('operations', () => {
    it('tells who did what, why, and how it ended, of all stores in one order', async () => {
      const operation = {
        ...{ operationId: '3', kind: 'discard', target: 'dead-letters/17', askedBy: USER, because: 'wiped' },
        askedAt: '2022-09-16T14:00:00.000Z',
        end: { at: '2022-09-16T14:00:01.000Z', outcome: 'done', detail: 'PhaseReached' },
      };
      answers['GET updates/operations'] = [[200, { items: [operation] }]];
      answers['GET devices/operations'] = [
        [
          200,
          { items: [{ ...operation, askedAt: '2022-09-15T14:00:00.000Z', kind: 'verify', because: null, end: null }] },
        ],
      ];
      expect(await mos('operations')).toBe(0);
      expect(printed.split('\n')).toEqual([
        '2022-09-15 14:00:00  devices: verify dead-letters/17, no end yet',
        `                     by ${USER}`,
        '2022-09-16 14:00:00  updates: discard dead-letters/17, done',
        `                     by ${USER}, because: wiped`,
        '                     2022-09-16 14:00:01: PhaseReached',
        '',
      ]);
      expect(await mos('operations', 'library')).toBe(0);
      expect(printed).toBe('nothing there\n');
    });
  });

  it('says of each group what it can do', async () => {
    expect(await mos('--help')).toBe(0);
    expect(printed).toMatch(/List the dead letters; also show, redeliver,\s+discard\./);
    expect(printed).toMatch(/bus\s+Commands: status, reseed, reread\./);
  });
});

describe('nobody at home', () => {
  it('exits with 3 and says so once', async () => {
    const words: string[] = [];
    const streams = { out: () => undefined, err: (text: string) => void words.push(text) };
    const tools = (json: boolean) => ({
      api: connectApi('http://127.0.0.1:9', 'token'),
      out: createOutput({ json, width: 80, live: false, ...streams }),
      input: noInput,
      real: realTime,
    });
    expect(await runProgram(commands, ['bus', 'status'], tools, streams)).toBe(3);
    expect(words).toEqual([expect.stringContaining('nobody answers at http://127.0.0.1:9')]);
  });
});

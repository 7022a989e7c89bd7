import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { realTime } from '@managed-os/kernel';
import { connectApi } from './api.js';
import { commands } from './commands.js';
import { createOutput, fit } from './output.js';
import { runProgram } from './program.js';
import { noInput } from './testing/input.js';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly ifMatch: string | undefined;
  readonly body: unknown;
}

const ITEM = { id: 'i1', os: '12', name: 'macOS Monterey', enforcement: null, overrides: {}, revision: '3' };
const PREVIEW = {
  macs: 0,
  effects: {},
  cannotComply: [],
  restartsFirstHour: [],
  affected: 0,
  large: false,
  token: 't',
};
const DEVICE = {
  id: 'd1',
  name: 'lab-mac-01',
  serialNumber: 'C02X',
  osVersion: '12.5',
  status: 'due',
  reason: null,
  stage: 'caching',
  overdue: false,
  target: '12.6',
  deadlineLocal: '2022-09-16T14:00:00',
  zone: 'America/New_York',
  whoActsNext: 'us',
  next: 'The update downloads.',
};

const PROPOSAL = {
  proposalId: '6d1b6c1e-9a0f-5c3e-8b1d-2f3a4b5c6d7e',
  state: 'quarantined',
  change: { change: 'devices_removed', version: '26.2', build: '25C56', devices: ['J314sAP', 'J413AP'] },
  seen: '2026-01-12T19:00:00.000Z',
  reasons: ['devices_removed'],
  macs: 3,
};

describe('mos', () => {
  let server: Server;
  let seen: Seen[];
  let printed: string;
  let complained: string;

  const mos = (...argv: string[]): Promise<number> => {
    printed = '';
    complained = '';
    const out = (text: string): void => void (printed += text);
    const api = connectApi(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'token');
    const err = (text: string): void => void (complained += text);
    const tools = (json: boolean) => ({
      api,
      out: createOutput({ json, width: 100, out, err, live: false }),
      input: noInput,
      real: realTime,
    });
    return runProgram(commands, argv, tools, { out, err });
  };

  beforeAll(async () => {
    server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk) => (text += String(chunk)));
      request.on('end', () => {
        seen.push({
          method: request.method,
          url: request.url,
          ifMatch: request.headers['if-match'],
          body: text ? JSON.parse(text) : undefined,
        });
        const answer = (status: number, body: unknown): void => {
          response.writeHead(status, { 'content-type': 'application/json', etag: '"3"' }).end(JSON.stringify(body));
        };
        if (request.url?.startsWith('/api/devices/d1/timeline')) {
          return answer(200, {
            items: [
              {
                time: '2022-09-11T18:00:00.000Z',
                sentence: 'Prompting began.',
                event: 'PhaseReached',
                eventId: 'e',
                causationId: null,
              },
            ],
          });
        }
        if (request.url?.startsWith('/api/devices')) return answer(200, { items: [DEVICE] });
        if (request.url === '/api/library/items/none') return answer(404, { detail: 'There is no item none.' });
        if (request.url?.startsWith('/api/library/items')) return answer(200, ITEM);
        if (request.url === '/api/deadlines/preview') return answer(200, PREVIEW);
        if (request.url === '/api/releases/quarantine') return answer(200, { items: [PROPOSAL] });
        if (request.url?.startsWith('/api/releases/quarantine/')) return answer(200, PROPOSAL);
        return answer(200, { items: [] });
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  beforeEach(() => (seen = []));
  afterAll(() => server.close());

  it('shows Macs in a table that fits the terminal', async () => {
    expect(await mos('devices', '--status', 'due')).toBe(0);
    expect(printed).toContain('lab-mac-01');
    expect(printed).toContain('caching');
    expect(Math.max(...printed.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(seen[0]?.url).toBe('/api/devices?status=due');
  });

  it('prints the answer itself with --json, and nothing else', async () => {
    expect(await mos('timeline', 'C02X', '--json')).toBe(0);
    expect(JSON.parse(printed)).toMatchObject({ items: [{ event: 'PhaseReached' }] });
  });

  it('S60 sets a manual enforcement on the revision it read', async () => {
    const words = '--mode manual --minimum-version 12.5.1 --date 2022-09-16 --time 14:00 --zone America/New_York'.split(
      ' ',
    );
    expect(await mos('items', 'enforce', 'i1', ...words)).toBe(0);
    expect(seen.at(-1)).toEqual({
      method: 'PUT',
      url: '/api/library/items/i1/enforcement',
      ifMatch: '"3"',
      body: {
        mode: 'manual',
        minimumVersion: '12.5.1',
        deadlineDate: '2022-09-16',
        time: '14:00',
        clock: { zone: 'America/New_York' },
      },
    });
  });

  it('says on one line why the system refused', async () => {
    expect(await mos('items', 'show', 'none')).toBe(1);
    expect(complained).toBe('mos: 404 There is no item none.\n');
  });

  it.each([
    ['releases --os 12', 'GET', '/api/releases?os=12'],
    ['releases list', 'GET', '/api/releases'],
    ['releases quarantine', 'GET', '/api/releases/quarantine'],
    ['releases quarantine list', 'GET', '/api/releases/quarantine'],
  ])('mos %s asks %s %s', async (words, method, url) => {
    expect(await mos(...words.split(' '))).toBe(0);
    expect(seen).toEqual([expect.objectContaining({ method, url })]);
  });

  it('X14 shows what is in quarantine and why, with the whole id', async () => {
    expect(await mos('releases', 'quarantine')).toBe(0);
    expect(printed).toContain(PROPOSAL.proposalId);
    expect(printed).toContain('devices removed 26.2');
    expect(printed).toContain('25C56 (2 devices)');
  });

  it('X14 approves and rejects, with a reason', async () => {
    expect(await mos('releases', 'quarantine', 'approve', 'p1')).toBe(0);
    expect(await mos('releases', 'quarantine', 'reject', 'p1')).toBe(2);
    expect(await mos('releases', 'quarantine', 'reject', 'p1', '--reason', 'Apple took it back')).toBe(0);
    expect(seen.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['POST', '/api/releases/quarantine/p1/approve', undefined],
      ['POST', '/api/releases/quarantine/p1/reject', { reason: 'Apple took it back' }],
    ]);
  });

  it('lists the commands of a group, and of a group within it', async () => {
    expect(await mos('--help')).toBe(0);
    expect(printed).toContain('List the releases; also replay, quarantine.');
    expect(await mos('releases', '--help')).toBe(0);
    expect(printed).toContain('List the quarantine; also approve, reject.');
  });

  it('exits with 2 for words it does not know', async () => expect(await mos('devices', '--colour')).toBe(2));

  it('exits with 2 when an argument is missing', async () => expect(await mos('timeline')).toBe(2));

  it('exits with 3 when nobody answers', async () => {
    const api = connectApi('http://127.0.0.1:9', 'token');
    let words = '';
    const streams = { out: () => undefined, err: (text: string) => void (words += text) };
    const tools = (json: boolean) => ({
      api,
      out: createOutput({ json, width: 80, live: false, ...streams }),
      input: noInput,
      real: realTime,
    });
    const code = await runProgram(commands, ['releases'], tools, streams);
    expect(code).toBe(3);
    expect(words).toContain('nobody answers at http://127.0.0.1:9');
  });
});

describe('fitting a table', () => {
  it('takes from the widest column first', () => expect(fit([10, 50, 5], 60)).toEqual([10, 41, 5]));
  it('takes nothing from what cannot be broken', () => expect(fit([36, 20], 50, [36, 5])).toEqual([36, 12]));
  it('leaves a narrow table alone', () => expect(fit([10, 5], 60)).toEqual([10, 5]));
});

import type { Api, Conditions } from './api.js';
import { commands } from './commands.js';
import { createOutput } from './output.js';
import { sentences } from './preview.js';
import { runProgram } from './program.js';
import { noInput } from './testing/input.js';

const ITEM = {
  id: '018f0000-0000-7000-8000-000000000001',
  os: '12',
  name: 'macOS Monterey',
  enforcement: null,
  overrides: {},
};
const PREVIEW = {
  macs: 40,
  effects: { due: 30, countdown: 12, earlier: 0, later: 0, released: 0, cannot_comply: 3, nobody_prompts: 1 },
  cannotComply: [{ reason: 'agent_missing', macs: 3 }],
  restartsFirstHour: [{ zone: 'Europe/Paris', macs: 12 }],
  affected: 30,
  large: true,
  token: 'payload.seal',
};

describe('X4 saving from the command line', () => {
  let sent: { readonly what: string; readonly body: unknown; readonly conditions: Conditions | undefined }[];
  let complained: string;
  const api: Api = {
    get: <T>() => Promise.resolve({ body: ITEM as T, etag: '"3"' }),
    all: () => Promise.resolve({ items: [] }),
    send: <T>(method: string, path: string, body?: unknown, conditions?: Conditions) => {
      sent.push({ what: `${method} ${path}`, body, conditions });
      return Promise.resolve({ body: (path.endsWith('/preview') ? PREVIEW : ITEM) as T });
    },
    lines: () => {
      throw new Error('nobody asks for lines');
    },
  };
  const run = (...argv: readonly string[]) => {
    sent = [];
    complained = '';
    const err = (text: string): void => void (complained += text);
    const out = createOutput({ json: false, width: 100, out: () => undefined, err, live: false });
    const real = { now: () => '' as never, elapsed: () => 0, sleep: () => Promise.resolve() };
    return runProgram(commands, argv, () => ({ api, input: noInput, out, real }), { out: () => undefined, err });
  };
  const enforce = [
    'items',
    'enforce',
    ITEM.id,
    '--mode',
    'automatic',
    '--window',
    'P2W',
    '--time',
    '14:00',
    '--zone',
    'UTC',
  ];

  it('fetches the preview, says what it says, and saves nothing large that was not confirmed', async () => {
    expect(await run(...enforce)).toBe(1);
    expect(sent.map(({ what }) => what)).toEqual(['POST /api/deadlines/preview']);
    expect(sent[0]?.body).toMatchObject({ kind: 'enforcement', itemId: ITEM.id, os: '12', revision: '3' });
    expect(complained).toContain('concerns 40 Macs: 30 become due, 12 get a countdown at their next check-in');
    expect(complained).toContain('repeat it with --confirm 30');
  });

  it('sends the token and the count along', async () => {
    expect(await run(...enforce, '--confirm', '30')).toBe(0);
    expect(sent[1]).toMatchObject({
      what: `PUT /api/library/items/${ITEM.id}/enforcement`,
      conditions: { ifMatch: '"3"', previewToken: PREVIEW.token, previewConfirm: '30' },
    });
  });

  it.each([
    [
      ['items', 'override', ITEM.id, '12.6', '--window', 'P3D'],
      `PUT /api/library/items/${ITEM.id}/releases/12.6/window`,
    ],
    [['items', 'restore', ITEM.id, '12.6'], `DELETE /api/library/items/${ITEM.id}/releases/12.6/window`],
    [['blueprints', 'assign', ITEM.id, ITEM.id], `PUT /api/blueprints/${ITEM.id}/items/${ITEM.id}`],
  ])('does so for %j', async (argv, what) => {
    expect(await run(...argv)).toBe(1);
    expect(await run(...argv, '--confirm', '99')).toBe(0);
    expect(sent.map((one) => one.what)).toEqual(['POST /api/deadlines/preview', what]);
    expect(sent[1]?.conditions).toMatchObject({ previewToken: PREVIEW.token, previewConfirm: '99' });
  });

  it('speaks of one Mac as of one', () =>
    expect(
      sentences({ ...PREVIEW, macs: 2, effects: { earlier: 1, later: 2 }, cannotComply: [], restartsFirstHour: [] }),
    ).toEqual(['concerns 2 Macs: 1 has an earlier deadline, 2 have a later one']));

  it('says only what there is to say', () =>
    expect(sentences({ ...PREVIEW, macs: 1, effects: {}, cannotComply: [], restartsFirstHour: [] })).toEqual([
      'concerns 1 Mac',
    ]));
});

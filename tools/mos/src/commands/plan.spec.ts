import { realTime, without } from '@managed-os/kernel';
import { eventually } from '@managed-os/kernel/testing';
import type { Tools } from '../command.js';
import { commands } from '../commands.js';
import { createOutput } from '../output.js';
import { runProgram } from '../program.js';
import { inputOf } from '../testing/input.js';

const MAC = {
  now: '2022-03-01T12:00:00Z',
  device: { architecture: 'arm64', osVersion: '12.1' },
  item: {
    os: '12',
    enforcement: { mode: 'automatic', window: 'P2W', time: '14:00', clock: { zone: 'America/New_York' } },
  },
  releases: [{ version: '12.2', build: '21D49', released: '2022-01-26', kind: 'minor' }],
};
const line = JSON.stringify(MAC);
const on = (osVersion: string): string => JSON.stringify({ ...MAC, device: { ...MAC.device, osVersion } });

let printed: string;
let complained: string;

const mos = (words: string, chunks: Iterable<string | Uint8Array>, terminal = false): Promise<number> => {
  printed = '';
  complained = '';
  const out = (text: string): void => void (printed += text);
  const err = (text: string): void => void (complained += text);
  const tools = (json: boolean): Tools => ({
    get api(): never {
      throw new Error('plan asks no server');
    },
    input: inputOf(chunks, terminal),
    out: createOutput({ json, width: 40, out, err, live: false }),
    real: realTime,
  });
  return runProgram(commands, words.split(' '), tools, { out, err });
};

const answers = (): readonly { readonly status: string }[] =>
  printed
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text) as { readonly status: string });
const statuses = (): readonly string[] => answers().map(({ status }) => status);
const errors = (): readonly unknown[] =>
  complained
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text) as unknown);

describe('mos plan: one input', () => {
  it.each([
    ['one line', [line]],
    ['many lines', [JSON.stringify(MAC, undefined, 2)]],
    ['many lines that end as on Windows', [JSON.stringify(MAC, undefined, 2).replaceAll('\n', '\r\n')]],
    ['a byte order mark and white space', [`\uFEFF\n ${line} \n\n`]],
    ['with --json, which changes nothing', [line], 'plan --json'],
  ] satisfies [string, string[], string?][])(
    'S2 S61 answers with one line of JSON: %s',
    async (_, chunks, words = 'plan') => {
      expect(await mos(words, chunks)).toBe(0);
      expect(complained).toBe('');
      expect(printed.endsWith('}\n')).toBe(true);
      expect(answers()).toEqual([
        {
          status: 'due',
          reason: null,
          phase: 'enforcing',
          obligation: {
            version: '12.2',
            openedBy: '12.2',
            deadline: '2022-02-09T19:00:00Z',
            notifyFrom: '2022-02-04T19:00:00Z',
            deadlineLocal: '2022-02-09T14:00:00',
            zone: 'America/New_York',
          },
          openObligations: 1,
          target: { version: '12.2', build: '21D49' },
          steps: [{ mechanism: 'mdm_download_install', version: '12.2', preCache: true }],
          warnings: [],
        },
      ]);
    },
  );

  it.each([
    ['nothing', [], '', 'is missing: standard input must be one JSON object'],
    ['white space', [' \n\n'], '', 'is missing: standard input must be one JSON object'],
    ['no JSON', ['{"now": '], '', expect.stringContaining('is no JSON: ')],
    ['two objects', [`${line}\n${line}`], '', expect.stringContaining('is no JSON: ')],
    ['a list', [`[${line}]`], '', 'must be an object, not a list'],
    ['null', ['null'], '', 'must be an object, not null'],
    [
      'a wrong window',
      [line.replace('P2W', 'P5W')],
      '/item/enforcement/window',
      'must be one of P1D, P2D, P1W, P2W, P3W, P1M, P2M, P3M, not "P5W"',
    ],
  ])('exits with 2 and says where: %s', async (_, chunks, pointer, error) => {
    expect(await mos('plan', chunks)).toBe(2);
    expect(printed).toBe('');
    expect(errors()).toEqual([{ pointer, error }]);
  });

  it('names every fault in one error', async () => {
    const rest = without(MAC, 'now');
    expect(await mos('plan', [JSON.stringify({ ...rest, releases: 12, settings: [] })])).toBe(2);
    expect(errors()).toEqual([
      {
        pointer: '/now',
        error: 'is missing; it must be an instant such as 2022-03-01T12:00:00Z',
        also: [
          { pointer: '/releases', error: 'must be a list, not 12' },
          { pointer: '/settings', error: 'must be an object, not a list' },
        ],
      },
    ]);
  });

  it('tells a person at a terminal what it waits for, beside the answer', async () => {
    expect(await mos('plan', [line], true)).toBe(0);
    expect(complained).toContain('reads JSON from standard input');
    expect(statuses()).toEqual(['due']);
  });
});

describe('mos plan --ndjson: an input per line', () => {
  it('answers each line, in order', async () => {
    expect(await mos('plan --ndjson', [`${line}\n${on('12.2')}\n${on('13.0')}\n`])).toBe(0);
    expect(statuses()).toEqual(['due', 'compliant', 'above_required']);
  });

  it('does not mind Windows, blank lines, a byte order mark, or a last line without an end', async () => {
    expect(await mos('plan --ndjson', [`\uFEFF${line}\r\n\r\n   \n\n${on('12.2')}`])).toBe(0);
    expect(statuses()).toEqual(['due', 'compliant']);
    expect(complained).toBe('');
  });

  it('answers the good lines, and exits with 2 after an error for each bad one', async () => {
    const bad = line.replace('14:00', '24:00');
    expect(await mos('plan --ndjson', [`${line}\n\n${bad}\n{]\n${on('12.2')}\n7\n`])).toBe(2);
    expect(statuses()).toEqual(['due', 'compliant']);
    expect(errors()).toEqual([
      {
        line: 3,
        pointer: '/item/enforcement/time',
        error: 'must be a time of day from 00:00 to 23:59, HH:MM, not "24:00"',
      },
      { line: 4, pointer: '', error: expect.stringContaining('is no JSON: ') },
      { line: 6, pointer: '', error: 'must be an object, not 7' },
    ]);
  });

  it('has no answer where there is no line', async () => {
    expect(await mos('plan --ndjson', [])).toBe(0);
    expect(printed).toBe('');
  });

  it('answers before the input ends', async () => {
    const seen: number[] = [];
    const chunks = (function* () {
      for (let count = 0; count < 3; count++) {
        seen.push(printed.length);
        yield `${line}\n`;
      }
    })();
    expect(await mos('plan --ndjson', chunks)).toBe(0);
    expect(seen[0]).toBe(0);
    expect(seen[1]).toBeGreaterThan(0);
    expect(seen[2]).toBe(2 * (seen[1] ?? 0));
  });

  it('puts together a line of many megabytes and a character that was split', async () => {
    const wide = Buffer.from(`${JSON.stringify({ ...MAC, note: '🍏'.repeat(2 ** 20) })}\n${line}\n`);
    const chunks = Array.from({ length: Math.ceil(wide.length / 65_535) }, (_, n) =>
      wide.subarray(n * 65_535, (n + 1) * 65_535),
    );
    expect(await mos('plan --ndjson', chunks)).toBe(0);
    expect(statuses()).toEqual(['due', 'due']);
  });

  it('waits for whoever reads the answers', async () => {
    const [order, waiting]: [string[], (() => void)[]] = [[], []];
    const out = (): Promise<void> => {
      order.push('written');
      return new Promise((resolve) => waiting.push(resolve));
    };
    const chunks = (async function* () {
      for (let count = 0; count < 2; count++) {
        order.push('read');
        yield await Promise.resolve(Buffer.from(`${line}\n`));
      }
    })();
    const done = runProgram(
      commands,
      ['plan', '--ndjson'],
      (json) => ({
        get api(): never {
          throw new Error('plan asks no server');
        },
        input: { terminal: false, chunks },
        out: createOutput({ json, width: 40, out, err: () => undefined, live: false }),
        real: realTime,
      }),
      { out: () => undefined, err: () => undefined },
    );
    await eventually(() => waiting.length === 1, 'the first answer');
    expect(order).toEqual(['read', 'written']);
    waiting[0]?.();
    await eventually(() => waiting.length === 2, 'the second answer');
    expect(order).toEqual(['read', 'written', 'read', 'written']);
    waiting[1]?.();
    expect(await done).toBe(0);
  });
});

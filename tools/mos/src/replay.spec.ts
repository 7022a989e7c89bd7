import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parsePmvCapture, pmvKey } from '@managed-os/apple-mdm';
import { realTime } from '@managed-os/kernel';
import { connectApi } from './api.js';
import { commands } from './commands.js';
import { createOutput } from './output.js';
import { runProgram } from './program.js';
import { noInput } from './testing/input.js';

const CAPTURES = path.join(import.meta.dirname, 'testing', 'captures');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'managed-os-replay-'));
});
afterAll(() => rm(folder, { recursive: true }));

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Nobody answers at that address: a replay asks no server. */
const replay = async (...words: readonly string[]): Promise<Ran> => {
  let [out, err] = ['', ''];
  const streams = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const tools = (json: boolean) => ({
    api: connectApi('http://127.0.0.1:9', ''),
    input: noInput,
    out: createOutput({ json, width: 40, live: false, ...streams }),
    real: realTime,
  });
  const code = await runProgram(commands, ['releases', 'replay', ...words], tools, streams);
  return { code, out, err };
};
const linesOf = ({ out }: Ran): readonly unknown[] =>
  out === ''
    ? []
    : out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);

describe('mos releases replay', () => {
  it('X14 S61 prints one change per line, from nothing on: no line for dates, for order, or for a bad body', async () => {
    const [first, , bad, last] = (await readdir(CAPTURES)).sort();
    const ran = await replay(CAPTURES);
    expect(ran).toMatchObject({ code: 0, err: '' });
    const change = (capture: string | undefined, kind: string, version: string, build: string, rest: object) => ({
      ...{ capture, change: kind, version, build },
      ...rest,
    });
    expect(linesOf(ran)).toEqual([
      change(first, 'release_added', '15.7.3', '24G419', { released: '2025-12-12', devices: 2 }),
      change(first, 'release_added', '26.2', '25C56', { released: '2025-12-12', devices: 2 }),
      { capture: bad, change: 'body_rejected', reason: 'empty', pointer: '/PublicAssetSets/macOS' },
      change(last, 'devices_removed', '15.7.3', '24G419', { released: '2025-12-12', devices: 1 }),
      change(last, 'left_all', '26.1', '25B78', { released: '2025-11-03', devices: 2 }),
      change(last, 'left_public', '26.2', '25C56', { released: '2025-12-12', devices: 2 }),
      change(last, 'release_added', '26.3', '25D125', { released: '2026-01-12', devices: 3 }),
      change(last, 'security_improvement_added', '26.3', '25D771250a', {
        ...{ released: '2026-01-12', devices: 2, prerequisiteBuild: '25D125' },
      }),
    ]);
  });

  it('reads in the order of the names, each file once, however they are given', async () => {
    const names = (await readdir(CAPTURES)).map((name) => path.join(CAPTURES, name));
    const expected = (await replay(CAPTURES)).out;
    expect((await replay(...names.toReversed())).out).toBe(expected);
    expect((await replay(names[3] ?? '', CAPTURES, names[0] ?? '')).out).toBe(expected);
    expect((await replay('--json', CAPTURES)).out).toBe(expected);
  });

  it('takes compressed files as well, and of a folder no others', async () => {
    await cp(CAPTURES, path.join(folder, 'packed'), { recursive: true });
    const name = '2026-01-12T1900Z.json';
    const file = path.join(folder, 'packed', name);
    await writeFile(`${file}.gz`, gzipSync(await readFile(file)));
    await rm(file);
    await writeFile(path.join(folder, 'packed', 'README.md'), 'not a capture');
    expect((await replay(path.join(folder, 'packed'))).out).toBe(
      (await replay(CAPTURES)).out.replaceAll(`"${name}"`, `"${name}.gz"`),
    );
  });

  it.each([
    ['2026-01-13T0000Z.json', Buffer.from('{"PublicAssetSets":{"macOS":[{"Prod'), 'truncated'],
    ['2026-01-13T0000Z.json', Buffer.from('Service Unavailable'), 'malformed'],
    ['2026-01-13T0000Z.json', Buffer.alloc(0), 'empty'],
    ['2026-01-13T0000Z.json.gz', gzipSync('{"PublicAssetSets":{}}').subarray(0, 20), 'truncated'],
    ['2026-01-13T0000Z.json.gz', Buffer.from([0x1f, 0x8b, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), 'malformed'],
  ])('X14 rejects a bad body %#, and goes on from the last good one', async (name, bytes, reason) => {
    const at = await mkdtemp(path.join(folder, 'bad-'));
    await cp(CAPTURES, at, { recursive: true });
    await writeFile(path.join(at, name), bytes);
    await cp(path.join(CAPTURES, '2026-01-12T1900Z.json'), path.join(at, '2026-01-14T0000Z.json'));
    const before = linesOf(await replay(CAPTURES));
    const ran = await replay(at);
    expect(ran.code).toBe(0);
    expect(linesOf(ran)).toEqual([...before, { capture: name, change: 'body_rejected', reason, pointer: '' }]);
  });

  const entry = (version: string, build: string, posted?: string) => ({
    ...{ ProductVersion: version, Build: build, SupportedDevices: ['A'] },
    ...(posted !== undefined && { PostingDate: posted }),
  });
  const body = (...open: readonly object[]): string =>
    JSON.stringify({ PublicAssetSets: { macOS: open }, AssetSets: { macOS: open } });
  const folderOf = async (files: Readonly<Record<string, string>>): Promise<string> => {
    const at = await mkdtemp(path.join(folder, 'files-'));
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(at, name), text);
    return at;
  };
  const toldBy = async (files: Readonly<Record<string, string>>): Promise<readonly string[]> =>
    (linesOf(await replay(await folderOf(files))) as readonly Change[]).map(
      ({ capture, change, version, released, pointer }) =>
        [capture.replace(/\.json$/, ''), change, version ?? pointer, released ?? ''].join(' ').trimEnd(),
    );

  it('tells what changes also where a list lost most of its majors, and rejects one that lost all of its assets', async () => {
    const majors = ['13.7', '14.8', '15.7', '26.2'].map((version) => entry(version, '25C56', '2026-01-01'));
    const lost = await toldBy({
      '2026-01-10T1800Z.json': body(...majors),
      '2026-01-11T1800Z.json': JSON.stringify({ PublicAssetSets: { macOS: majors }, AssetSets: {} }),
      '2026-01-12T1800Z.json': body(...majors.slice(3)),
    });
    const gone = ['13.7', '14.8', '15.7'];
    expect(lost.slice(4)).toEqual([
      '2026-01-11T1800Z body_rejected /AssetSets/macOS',
      ...gone.flatMap((version) =>
        ['left_public', 'left_all'].map((change) => `2026-01-12T1800Z ${change} ${version} 2026-01-01`),
      ),
    ]);
  });

  it('S61 a build without a date was released on the day of the capture that shows it first', async () => {
    const next = entry('26.3', '25D125', '2026-01-11');
    expect(
      await toldBy({
        '2026-01-10T1800Z.json': body(entry('26.2', '25C56'), next),
        '2026-01-12T1800Z.json': body(next),
      }),
    ).toEqual([
      '2026-01-10T1800Z release_added 26.2 2026-01-10',
      '2026-01-10T1800Z release_added 26.3 2026-01-11',
      '2026-01-12T1800Z left_public 26.2 2026-01-10',
      '2026-01-12T1800Z left_all 26.2 2026-01-10',
    ]);
    expect(await toldBy({ 'a.json': body(entry('26.2', '25C56')) })).toEqual(['a release_added 26.2']);
    expect(
      await toldBy({
        'a.json': body(entry('26.2', '25C56', '2026-01-09')),
        'b.json': body(next, entry('26.2', '25C56')),
        'c.json': body(next),
      }),
    ).toContain('c left_all 26.2 2026-01-09');
  });

  it('reads in the order of the instants in the names, and of a folder with such names no other files', async () => {
    const [first, second] = [entry('26.2', '25C56', '2026-01-01'), entry('26.3', '25D125', '2026-01-01')];
    const timed = {
      '2026-01-01T000030Z.json': body(first, second),
      '2026-01-01T0000Z.json': body(first),
    };
    const expected = [
      '2026-01-01T0000Z release_added 26.2 2026-01-01',
      '2026-01-01T000030Z release_added 26.3 2026-01-01',
    ];
    expect(await toldBy(timed)).toEqual(expected);
    expect(await toldBy({ ...timed, 'package.json': '{"name":"captures"}' })).toEqual(expected);
    expect(await toldBy({ 'b.json': body(first, second), 'a.json': body(first) })).toEqual([
      'a release_added 26.2 2026-01-01',
      'b release_added 26.3 2026-01-01',
    ]);
  });

  it('exits with 2 and one line where a path leads nowhere, a folder has no captures, or none is given', async () => {
    const empty = await mkdtemp(path.join(folder, 'empty-'));
    for (const [ran, words] of [
      [await replay(CAPTURES, path.join(folder, 'gone')), 'there is no such file or folder'],
      [await replay(empty), 'has no .json or .json.gz file'],
      [await replay(path.join(CAPTURES, '2026-01-10T1800Z.json', 'below')), 'cannot be read'],
      [await replay(), 'path'],
    ] as const) {
      expect(ran).toMatchObject({ code: 2, out: '' });
      expect(ran.err.trimEnd().split('\n')).toHaveLength(1);
      expect(ran.err).toContain(words);
    }
  });
});

describe('the program itself', () => {
  it('ends without a word when nobody reads on', async () => {
    const root = path.join(import.meta.dirname, '../../..');
    const hook = ['--conditions=@managed-os/source', '--import', path.join(root, 'tools/ts-hook.mjs')];
    const main = path.join(import.meta.dirname, 'main.ts');
    const child = spawn(process.execPath, [...hook, main, 'releases', 'replay', CAPTURES], { cwd: root });
    child.stdout.destroy();
    let words = '';
    child.stderr.on('data', (text) => (words += String(text)));
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect([code, words]).toEqual([0, '']);
  }, 20_000);
});

interface HistoryRow {
  readonly version: string;
  readonly released: string;
  readonly gdmf?: Readonly<Record<string, Readonly<Record<'public' | 'asset', Window | undefined>>>>;
}

/** When a list had a build, by all captures that there ever were; still has it when `lastSeen` is null. */
interface Window {
  readonly firstSeen: string;
  readonly lastSeen: string | null;
}

interface Change {
  readonly capture: string;
  readonly change: string;
  readonly version: string;
  readonly build: string;
  readonly released: string;
  readonly devices: number;
  readonly prerequisiteBuild?: string;
  readonly pointer?: string;
}

const data = process.env['MOS_RELEASE_DATA'] ?? '';
const withData = data === '' ? describe.skip : describe;
withData('two years of captures (skipped without them: MOS_RELEASE_DATA=<folder>)', () => {
  let changes: readonly Change[];
  let rows: readonly HistoryRow[];
  let names: readonly string[];
  beforeAll(async () => {
    const history = path.join(data, 'gdmf-history');
    names = (await readdir(history)).sort();
    changes = linesOf(await replay(history)) as readonly Change[];
    rows = JSON.parse(await readFile(path.join(data, 'macos-history.json'), 'utf8')) as readonly HistoryRow[];
  });
  const of = (name: string, kind?: string) =>
    changes.filter(({ capture, change }) => capture === `${name}.json.gz` && (kind === undefined || change === kind));
  const named = (list: readonly Change[]) => list.map(({ version, build }) => `${version} ${build}`);

  it('gives exactly the changes that the record of all 2 507 captures says', () => {
    const instantOf = (name: string): string => name.replace(/^(.*T\d\d)(\d\d)Z.*$/, '$1:$2Z');
    const good = names.filter((name) => !name.startsWith('2025-05-21T1903Z'));
    const builds = rows.flatMap(({ version, gdmf = {} }) =>
      Object.entries(gdmf).map(([build, lists]) => ({ build: `${version} ${build}`, ...lists })),
    );
    const has = (list: Window | undefined, name: string): boolean =>
      list !== undefined &&
      list.firstSeen <= instantOf(name) &&
      (list.lastSeen === null || instantOf(name) <= list.lastSeen);
    const expected = good.flatMap((name, at) => {
      const before = good[at - 1];
      const seen = good.slice(0, at);
      return builds.flatMap(({ build, public: open, asset }) => {
        const listed = (when: string): boolean => has(open, when) || has(asset, when);
        return [
          ...(has(open, name) && !seen.some((when) => has(open, when)) ? [`${name} release_added ${build}`] : []),
          ...(before && has(open, before) && !has(open, name) ? [`${name} left_public ${build}`] : []),
          ...(before && listed(before) && !listed(name) ? [`${name} left_all ${build}`] : []),
        ];
      });
    });
    const lists = ['release_added', 'left_public', 'left_all'];
    const found = changes.filter(({ change }) => lists.includes(change));
    expect(
      found.map(({ capture, change, version, build }) => `${capture} ${change} ${version} ${build}`).sort(),
    ).toEqual(expected.sort());
    expect(expected.length).toBeGreaterThan(150);
  });

  it('S61 gives every build its release date, but those that were public before the record', () => {
    const dates = new Map(
      rows.flatMap((row) => Object.keys(row.gdmf ?? {}).map((build) => [`${row.version} ${build}`, row.released])),
    );
    const others = changes.filter(
      ({ change, version, build, released }) =>
        change === 'release_added' && dates.get(`${version} ${build}`) !== released,
    );
    // Shipped long before; and in the United States it was still the day before.
    expect(named(others)).toEqual(['11.7.10 20G1427', '26.0.1 25A8364']);
  });

  it('G05 G20 in every body the public list has one posting date and is part of the assets', async () => {
    let bodies = 0;
    for (const name of names) {
      const parsed = await parsePmvCapture(await readFile(path.join(data, 'gdmf-history', name)));
      if (!parsed.ok) continue;
      bodies += 1;
      const { public: open, assets } = parsed.body;
      expect([name, new Set(open.map(({ posted }) => posted)).size]).toEqual([name, 1]);
      expect(assets.map(pmvKey)).toEqual(expect.arrayContaining(open.map(pmvKey)));
    }
    expect(bodies).toBe(24);
  });

  it('G01 2025-09-15: 26.0, 15.7 and 14.8 are new, the other three of the six public builds are not', () =>
    expect(named(of('2025-09-15T1804Z', 'release_added'))).toEqual(['14.8 23J21', '15.7 24G222', '26.0 25A354']));

  it('G03 2025-10-05: the bytes change and nothing else', () => {
    expect(of('2025-10-04T0050Z')).toEqual([]);
    expect(of('2025-10-05T0051Z')).toEqual([]);
  });

  it('G17 2026-03-17: two security improvements, each for the Macs of its own build, and never again', () =>
    expect(changes.filter(({ change }) => change === 'security_improvement_added')).toEqual([
      {
        ...{ capture: '2026-03-17T1834Z.json.gz', change: 'security_improvement_added', version: '26.3.1' },
        ...{ build: '25D771280a', released: '2026-03-17', devices: 62, prerequisiteBuild: '25D2128' },
      },
      {
        ...{ capture: '2026-03-17T1834Z.json.gz', change: 'security_improvement_added', version: '26.3.2' },
        ...{ build: '25D771400a', released: '2026-03-17', devices: 1, prerequisiteBuild: '25D2140' },
      },
    ]));

  it('G24 X14 2025-05-21: the empty body is rejected, and the good one behind it takes up where the last good one ended', () => {
    expect(of('2025-05-21T1903Z')).toEqual([
      {
        ...{ capture: '2025-05-21T1903Z.json.gz', change: 'body_rejected' },
        ...{ reason: 'empty', pointer: '/PublicAssetSets/macOS' },
      },
    ]);
    expect(changes.filter(({ change }) => change === 'body_rejected')).toHaveLength(1);
    expect(named(of('2025-05-21T2003Z', 'release_added'))).toEqual(['13.7.6 22H625', '14.7.6 23H626', '15.5 24F74']);
  });
});

if (data === '') console.warn('no captures of two years are replayed: MOS_RELEASE_DATA=<folder> is not set');

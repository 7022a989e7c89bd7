import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownPlanCases, type PlanCase, readPlanCases } from '@managed-os/enforcement/testing';
import { planCasesFile } from './config.js';

const HOOK = new URL('../../ts-hook.mjs', import.meta.url).href;
const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

/** Nobody can tell this process where a system is. */
const folder = mkdtempSync(path.join(tmpdir(), 'managed-os-mos-'));
writeFileSync(path.join(folder, 'system.json'), 'no JSON');
afterAll(() => rmSync(folder, { recursive: true }));

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const start = (words: readonly string[], nodeOptions: readonly string[] = []) =>
  spawn(process.execPath, [...nodeOptions, '--conditions=@managed-os/source', '--import', HOOK, MAIN, ...words], {
    env: { PATH: process.env['PATH'], MOS_STATE_DIR: folder },
  });

/** `mos` as a process of its own. */
const mos = async (words: readonly string[], input: string): Promise<Ran> => {
  const child = start(words);
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
};

const jsonLines = (text: string): readonly unknown[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);

/** What the process answers to these cases, by their names. */
const answersTo = async (
  cases: readonly PlanCase[],
): Promise<{ readonly code: number | null; readonly said: unknown }> => {
  const { code, out, err } = await mos(
    ['plan', '--ndjson'],
    cases.map(({ input }) => `${JSON.stringify(input)}\n`).join(''),
  );
  const faults = new Map(
    (jsonLines(err) as readonly { line: number; pointer: string }[]).map(({ line, pointer }) => [line, pointer]),
  );
  const plans = jsonLines(out).values();
  const said = cases.map(({ name }, at) => [name, faults.get(at + 1) ?? plans.next().value]);
  return { code, said };
};
const expectedOf = (cases: readonly PlanCase[]): unknown =>
  cases.map(({ name, expected, pointer }) => [name, expected ?? pointer]);

describe('mos plan as a process, without a system', () => {
  it('answers all cases of the project: plans in order, faults by their lines', async () => {
    const cases = ownPlanCases().flatMap((file) => file.cases);
    expect(await answersTo(cases)).toEqual({ code: 2, said: expectedOf(cases) });
  });

  it('answers one input, with exit code 0', async () => {
    const [valid] = ownPlanCases().flatMap(({ cases }) => cases.filter(({ expected }) => expected !== undefined));
    const { code, out, err } = await mos(['plan'], JSON.stringify(valid?.input, undefined, 2));
    expect({ code, err, out: JSON.parse(out) as unknown }).toEqual({ code: 0, err: '', out: valid?.expected });
  });

  it('has exit code 2 for an input that is not valid', async () => {
    const { code, out, err } = await mos(['plan'], '{}');
    expect({ code, out, err: jsonLines(err) }).toMatchObject({ code: 2, out: '', err: [{ pointer: '/now' }] });
  });

  it('holds no more in memory than it needs, however much comes', async () => {
    const [valid] = ownPlanCases().flatMap(({ cases }) => cases.filter(({ expected }) => expected?.status === 'due'));
    const block = `${JSON.stringify({ ...(valid?.input as object), note: 'x'.repeat(20_000) })}\n`.repeat(50);
    const child = start(['plan', '--ndjson'], ['--max-old-space-size=100']);
    let lines = 0;
    child.stdout.on('data', (chunk: Buffer) => (lines += chunk.toString().split('\n').length - 1));
    const closed = once(child, 'close');
    for (let blocks = 0; blocks < 300; blocks++) if (!child.stdin.write(block)) await once(child.stdin, 'drain');
    child.stdin.end();
    expect(await closed).toEqual([0, null]);
    expect(lines).toBe(15_000);
  });

  it('ends in peace when whoever reads has seen enough', async () => {
    const [valid] = ownPlanCases().flatMap(({ cases }) => cases.filter(({ expected }) => expected !== undefined));
    const child = start(['plan', '--ndjson']);
    const err: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.stdin.on('error', () => undefined);
    child.stdout.once('data', () => child.stdout.destroy());
    child.stdin.end(`${JSON.stringify(valid?.input)}\n`.repeat(20_000));
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(Buffer.concat(err).toString()).toBe('');
  });
});

const file = planCasesFile();
const withCases = file === undefined ? describe.skip : describe;
withCases('mos plan and further cases (skipped without them: MOS_PLAN_CASES=<file>)', () => {
  it('answers each as it expects', async () => {
    const cases = readPlanCases(file ?? '');
    expect(cases.length).toBeGreaterThan(0);
    expect(await answersTo(cases)).toEqual({ code: 0, said: expectedOf(cases) });
  });
});

if (file === undefined) console.warn('no further cases of mos plan: MOS_PLAN_CASES=<file> is not set');

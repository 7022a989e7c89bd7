import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Device } from './demo/api.js';
import { real } from './infra/real-time.js';
import { readState } from './infra/state-file.js';
import type { SystemFile } from './supervisor/state-folder.js';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const MINUTES = 60_000;
const NOT_COMING = { 'design-03': 'bootstrap_token_missing', 'office-03': 'not_supervised' };

interface Children {
  readonly [name: string]: { readonly pid: number };
}

interface CountedMac {
  readonly name: string;
  readonly version: string;
  readonly installs: number;
  readonly defectCount: number;
  readonly answered: Readonly<Record<string, number>>;
}

/** A system in a folder of its own, as `npm start -- --exit-when-done` runs it. */
const startMainJob = (state: string, ...options: string[]) => {
  const child = spawn(
    process.execPath,
    [
      '--conditions=@managed-os/source',
      '--import',
      './tools/ts-hook.mjs',
      'tools/local/src/main.ts',
      '--exit-when-done',
      ...options,
    ],
    {
      cwd: ROOT,
      env: { ...process.env, MOS_STATE_DIR: state, DATABASE_URL: '', NATS_URL: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += String(text)));
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  return { exited, said: () => said, isOver: () => child.exitCode !== null, end: () => child.kill('SIGTERM') };
};

type MainJob = ReturnType<typeof startMainJob>;

const get = async <T>(state: string, url: string): Promise<T | undefined> => {
  const system = readState<SystemFile>(path.join(state, 'system.json'));
  if (!system) return undefined;
  return fetch(`${system.address}${url}`, { headers: { authorization: `Bearer ${system.token}` } })
    .then((response) => (response.ok ? (response.json() as Promise<T>) : undefined))
    .catch(() => undefined);
};

/** Waits until some Mac is in this stage; `false` when the run ended before. */
const aMacIs = async (stage: string, state: string, job: MainJob): Promise<boolean> => {
  while (!job.isOver()) {
    const devices = await get<{ items: readonly Device[] }>(state, '/api/devices');
    if (devices?.items.some((device) => device.stage === stage)) return true;
    await real.sleep(100);
  }
  return false;
};

const pidOf = (part: string, state: string): number | undefined =>
  part === 'nats'
    ? Number(readFileSync(path.join(state, 'nats', 'nats.pid'), 'utf8'))
    : readState<Children>(path.join(state, 'children.json'))?.[part]?.pid;

/** Who is killed, and in the middle of what. */
const KILLS = [
  ['library', 'waiting'],
  ['blueprints', 'waiting'],
  ['progress', 'caching'],
  ['releases', 'caching'],
  ['virtual-fleet', 'caching'],
  ['nats', 'cached'],
  ['deadlines', 'cached'],
  ['dispatcher', 'countdown'],
  ['progress', 'countdown'],
  ['nats', 'installing'],
  ['deadlines', 'installing'],
  ['dispatcher', 'verifying'],
] as const;

const countsOf = (state: string): readonly CountedMac[] =>
  readState<{ macs: readonly CountedMac[] }>(path.join(state, 'fleet', 'fleet.json'))?.macs ?? [];

describe('the main job, from release to verified version (X16)', () => {
  const state = mkdtempSync(path.join(tmpdir(), 'main-job-'));
  let failed = true;
  const running: MainJob[] = [];
  const start = (...options: string[]): MainJob => {
    const job = startMainJob(state, ...options);
    running.push(job);
    return job;
  };

  afterAll(async () => {
    for (const job of running) job.end();
    await Promise.all(running.map((job) => job.exited));
    if (!failed) rmSync(state, { recursive: true, force: true });
  });

  it(
    'S3 S44 every Mac that can be there gets there with exactly one install, whichever services and servers are killed on the way',
    async () => {
      const job = start('--fresh');
      const killed: string[] = [];
      for (const [part, stage] of KILLS) {
        if (!(await aMacIs(stage, state, job))) break;
        const pid = pidOf(part, state);
        if (pid === undefined) throw new Error(`${part} is not running`);
        process.kill(pid, 'SIGKILL');
        killed.push(part);
        // The next one falls when this one is back, so that each is killed at work.
        while (!job.isOver() && (await get(state, '/api/devices')) === undefined) await real.sleep(100);
      }
      const code = await job.exited;
      if (code !== 0) console.error(job.said().slice(-6_000));
      expect(code).toBe(0);
      expect(killed).toEqual(KILLS.map(([part]) => part));

      const macs = countsOf(state);
      expect(macs).toHaveLength(24);
      const arrived = macs.filter(({ name }) => !(name in NOT_COMING));
      expect(arrived.filter(({ installs, version }) => installs !== 1 || version !== '12.6')).toEqual([]);
      expect(macs.filter(({ name, installs }) => name in NOT_COMING && installs > 0)).toEqual([]);
      // No 401, no malformed command, no wrong token: what a real Mac would have stumbled over.
      expect(macs.filter(({ defectCount }) => defectCount > 0)).toEqual([]);
      // S11: the two that upgrade to another major were never asked to download ahead.
      const upgraded = macs.filter(({ name }) => ['design-02', 'design-08'].includes(name));
      expect(upgraded.map(({ answered }) => answered['ScheduleOSUpdate DownloadOnly'] ?? 0)).toEqual([0, 0]);
      failed = false;
    },
    20 * MINUTES,
  );

  it(
    'a second start goes on with the first one’s data, and nothing is installed again',
    async () => {
      failed = true;
      const job = start();
      const code = await job.exited;
      if (code !== 0) console.error(job.said().slice(-6_000));
      expect(code).toBe(0);
      expect(countsOf(state).reduce((sum, { installs }) => sum + installs, 0)).toBe(22);
      for (const [name, reason] of Object.entries(NOT_COMING))
        expect(job.said()).toMatch(new RegExp(`not there: ${name}.*${reason.replaceAll('_', ' ')}`));
      failed = false;
    },
    10 * MINUTES,
  );
});

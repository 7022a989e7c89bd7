import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Device } from '../demo/api.js';
import { real } from '../infra/real-time.js';
import { readState } from '../infra/state-file.js';
import type { SystemFile } from '../supervisor/state-folder.js';

const ROOT = path.resolve(import.meta.dirname, '../../../..');

/** What a Mac counted by itself (tools/virtual-mac, `<state>/fleet.json`). */
export interface CountedMac {
  readonly name: string;
  readonly serial: string;
  readonly architecture: 'apple_silicon' | 'intel';
  readonly version: string;
  readonly installs: number;
  readonly history: readonly { readonly version: string; readonly by: string }[];
  readonly installing: string | null;
  readonly enforced: { readonly version: string } | null;
  readonly defectCount: number;
  readonly defects: readonly unknown[];
  readonly answered: Readonly<Record<string, number>>;
}

/** A whole system in a folder of its own, as `npm start` runs it. */
export interface Run {
  readonly exited: Promise<number | null>;
  said(): string;
  isOver(): boolean;
  end(): void;
}

export const runScenario = (state: string, ...options: readonly string[]): Run => {
  const child = spawn(
    process.execPath,
    ['--conditions=@managed-os/source', '--import', './tools/ts-hook.mjs', 'tools/local/src/main.ts', ...options],
    {
      cwd: ROOT,
      env: { ...process.env, MOS_STATE_DIR: state, DATABASE_URL: '', NATS_URL: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += String(text)));
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  return {
    exited,
    said: () => said,
    isOver: () => child.exitCode !== null,
    end: () => void child.kill('SIGTERM'),
  };
};

/** An answer of the system on this folder; `undefined` when there is none at once. */
export const ask = async <T>(state: string, url: string): Promise<T | undefined> => {
  const system = readState<SystemFile>(path.join(state, 'system.json'));
  if (!system) return undefined;
  return fetch(`${system.address}${url}`, { headers: { authorization: `Bearer ${system.token}` } })
    .then((response) => (response.ok ? (response.json() as Promise<T>) : undefined))
    .catch(() => undefined);
};

/** Waits until some Mac is in this stage; `false` when the run ended before. */
const aMacIs = async (stage: string, state: string, run: Run): Promise<boolean> => {
  while (!run.isOver()) {
    const devices = await ask<{ items: readonly Device[] }>(state, '/api/devices');
    if (devices?.items.some((device) => device.stage === stage)) return true;
    await real.sleep(100);
  }
  return false;
};

interface Children {
  readonly [name: string]: { readonly pid: number };
}

const pidOf = (part: string, state: string): number | undefined =>
  part === 'nats'
    ? Number(readFileSync(path.join(state, 'nats', 'nats.pid'), 'utf8'))
    : readState<Children>(path.join(state, 'children.json'))?.[part]?.pid;

/** Kills each part in the middle of its stage, the next one when the one before is back. Answers who was killed. */
export const killOneByOne = async (
  kills: readonly (readonly [part: string, stage: string])[],
  state: string,
  run: Run,
): Promise<readonly string[]> => {
  const killed: string[] = [];
  for (const [part, stage] of kills) {
    if (!(await aMacIs(stage, state, run))) break;
    const pid = pidOf(part, state);
    if (pid === undefined) throw new Error(`${part} is not running`);
    process.kill(pid, 'SIGKILL');
    killed.push(part);
    while (!run.isOver() && (await ask(state, '/api/devices')) === undefined) await real.sleep(100);
  }
  return killed;
};

export const countsOf = (state: string): readonly CountedMac[] =>
  readState<{ macs: readonly CountedMac[] }>(path.join(state, 'fleet', 'fleet.json'))?.macs ?? [];

import path from 'node:path';
import { launch, type Running, tail } from '../infra/processes.js';
import { eventually } from '../infra/real-time.js';
import { CannotStart } from './state-folder.js';

export interface NodeProgram {
  readonly name: string;
  /** The checkout; sources run as they are. */
  readonly root: string;
  /** From `root`: `services/library/src/main.ts`. */
  readonly main: string;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logFile: string;
  /** Whether it may be given work now. */
  readonly isReady: () => Promise<boolean>;
  /** Learns the pid at once, before it is ready. */
  readonly launched: (pid: number, mark: string) => void;
}

const READY_WITHIN = 90_000;

/** The command line that runs one of this repository's programs from its sources. */
export const commandLine = (root: string, main: string, args: readonly string[] = []): readonly string[] => [
  '--conditions=@managed-os/source',
  '--import',
  path.join(root, 'tools/ts-hook.mjs'),
  path.join(root, main),
  ...args,
];

/** Starts a program of this repository and resolves when it is ready. Throws with the end of its log when it does not get there. */
export const startNode = async (program: NodeProgram, stopping: AbortSignal): Promise<Running> => {
  const { name, root, main, logFile } = program;
  const running = await launch({
    command: process.execPath,
    args: commandLine(root, main, program.args),
    cwd: root,
    env: program.env,
    logFile,
    patienceMs: 15_000,
  });
  program.launched(running.pid, path.join(root, main));
  let exit: string | undefined;
  void running.exited.then((how) => (exit = how));
  const probe = async (): Promise<'ready' | 'gone' | undefined> => {
    if (exit !== undefined || stopping.aborted) return 'gone';
    return (await program.isReady()) ? 'ready' : undefined;
  };
  if ((await eventually(probe, READY_WITHIN, 100)) === 'ready') return running;
  await running.stop();
  throw new CannotStart(
    `${name} did not become ready (${exit ?? `waited ${READY_WITHIN / 1000} s`}), its log ${logFile} ends with\n${tail(logFile)}`,
  );
};

/** Whether somebody answers there at all, or with 2xx where that is asked. */
export const answers = async (url: string, wanted: 'anything' | 'ok'): Promise<boolean> => {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
  await response?.body?.cancel();
  return response !== undefined && (wanted === 'anything' || response.ok);
};

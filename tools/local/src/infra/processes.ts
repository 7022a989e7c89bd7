import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { eventually } from './real-time.js';

/** A program that runs, seen from whoever started it. */
export interface Running {
  readonly pid: number;
  /** Resolves when it is gone, with words for it: "exit code 1", "SIGKILL". Never rejects. */
  readonly exited: Promise<string>;
  /** Asks it to end, in the end makes it; resolves when it is gone. Repeated: the same. */
  stop(): Promise<void>;
}

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Where its output goes; a file and not a pipe, so it does not stumble over a parent that died. */
  readonly logFile: string;
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  readonly stopSignal?: NodeJS.Signals;
  /** After this it is killed. */
  readonly patienceMs?: number;
}

/**
 * Starts a program in a process group of its own: a terminal's Ctrl-C does not reach it, whoever started it ends it in
 * order. Throws when it cannot be started at all.
 */
export const launch = async (what: Launch): Promise<Running> => {
  const log = openSync(what.logFile, 'a', 0o600);
  try {
    const child = spawn(what.command, what.args, {
      cwd: what.cwd,
      stdio: ['ignore', log, log],
      detached: true,
      ...(what.env ? { env: what.env } : {}),
      ...(what.user ?? {}),
    });
    const exited = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
      child.once('error', (error) => resolve(error.message));
    });
    const pid = await pidOf(child, what.command);
    return { pid, exited, stop: () => end(child, exited, what.stopSignal ?? 'SIGTERM', what.patienceMs ?? 20_000) };
  } finally {
    closeSync(log);
  }
};

const TAIL = 12;

/** The last lines of a log, for an error that says why something does not start. */
export const tail = (logFile: string): string =>
  existsSync(logFile) ? readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-TAIL).join('\n') : '';

const pidOf = (child: ChildProcess, command: string): Promise<number> =>
  new Promise((resolve, reject) => {
    child.once('spawn', () =>
      child.pid === undefined ? reject(new Error(`${command} has no pid`)) : resolve(child.pid),
    );
    child.once('error', (cause) => reject(new Error(`${command} cannot be started`, { cause })));
  });

const end = async (
  child: ChildProcess,
  exited: Promise<string>,
  signal: NodeJS.Signals,
  patienceMs: number,
): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  let gone = false;
  void exited.then(() => (gone = true));
  if (!(await eventually(() => gone || undefined, patienceMs))) child.kill('SIGKILL');
  await exited;
};

const commandLineOf = (pid: number): string | undefined => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return undefined;
  }
};

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  // A zombie answers signals but has no command line any more.
  return process.platform !== 'linux' || commandLineOf(pid) !== '';
};

/** When the kernel started this process, in its own words: a pid that is used again has another one. Empty where that cannot be seen. */
export const birthOf = (pid: number): string => {
  try {
    // The second field is a name in brackets that may hold blanks; the 22nd is the start time.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19] ?? '';
  } catch {
    return '';
  }
};

/** Whether `pid` lives and, where that can be seen, has `mark` on its command line: pids are used again. */
export const runs = (pid: number, mark: string): boolean =>
  isAlive(pid) && (commandLineOf(pid)?.includes(mark) ?? true);

/** Ends a program that somebody else left behind: `signal`, after `patienceMs` SIGKILL. */
export const endOrphan = async (
  pid: number,
  mark: string,
  signal: NodeJS.Signals,
  patienceMs = 10_000,
): Promise<void> => {
  const gone = (): true | undefined => (runs(pid, mark) ? undefined : true);
  if (gone()) return;
  process.kill(pid, signal);
  if (await eventually(gone, patienceMs)) return;
  process.kill(pid, 'SIGKILL');
  if (!(await eventually(gone, 5_000))) throw new Error(`process ${pid} (${mark}) cannot be ended`);
};

/** A number out of the first line of a file; undefined when there is no such file or no number in it. */
export const pidIn = (file: string): number | undefined => {
  try {
    const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
};

/** Whether a listener on this port of the loopback interface would be alone there. */
export const isPortFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });

/** A port of the loopback interface that nobody uses now. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });

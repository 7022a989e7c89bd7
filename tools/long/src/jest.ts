import { spawn } from 'node:child_process';
import path from 'node:path';
import { environment } from './config.js';

const ROOT = path.resolve(import.meta.dirname, '../../..');

export interface JestRun {
  /** `libs/event-bus`. */
  readonly project: string;
  /** A regular expression for the files. */
  readonly files: string;
  readonly testMs: number;
  readonly env: Readonly<Record<string, string>>;
  /** Of scripts that start what the tests need, from the root. */
  readonly with?: readonly string[];
}

/** Runs tests of a project, their output shown; resolves with their exit code. Ends them when `ending` aborts. */
export const runJest = (asked: JestRun, ending: AbortSignal): Promise<number> =>
  new Promise((resolve, reject) => {
    const jest = [
      ...['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'],
      ...['--config', `${asked.project}/jest.config.mjs`, '--testTimeout', String(asked.testMs), '--verbose'],
      ...['--testPathPatterns', asked.files],
    ];
    const child = spawn(process.execPath, [...(asked.with ?? []), ...jest], {
      cwd: ROOT,
      stdio: 'inherit',
      env: { ...environment(), ...asked.env },
    });
    ending.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });

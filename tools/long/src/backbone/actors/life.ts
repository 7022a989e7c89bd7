import { inspect } from 'node:util';
import type { Log } from '@managed-os/event-store';
import { realTime } from '@managed-os/kernel';

const LOOK_MS = 500;

/** What the actor was told to be: its one argument. */
export const settingsOf = <T>(): T => JSON.parse(process.argv[2] ?? '{}');

/** Aborts when the process is asked to end, and when whoever started it is gone. */
export const asked = (): AbortSignal => {
  const ending = new AbortController();
  process.once('SIGTERM', () => ending.abort());
  const parent = process.ppid;
  const watch = async (): Promise<void> => {
    while (process.ppid === parent && !ending.signal.aborted) await realTime.sleep(LOOK_MS, ending.signal);
    ending.abort();
  };
  void watch();
  return ending.signal;
};

export const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

const line =
  (level: string) =>
  (facts: object, message: string): void =>
    void process.stdout.write(
      `${realTime.now()} ${level} ${message} ${inspect(facts, { breakLength: Infinity, depth: 4 })}\n`,
    );

/** To the process's own log file. */
export const log: Log = { info: line('info'), warn: line('warn'), error: line('error') };

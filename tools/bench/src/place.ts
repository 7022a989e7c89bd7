import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findNatsServer, startNats, startPostgres } from '@managed-os/local/servers';
import type { Place } from './contestant.js';

export interface OwnPlace extends Place {
  /** Their processes. */
  readonly pids: readonly number[];
  readonly natsVersion: string;
  stop(): Promise<void>;
}

/** Starts the servers of one run, as durable as in production, in a temporary folder; `stop` leaves nothing of them. */
export const openPlace = async (progress: (line: string) => void): Promise<OwnPlace> => {
  const binary = await findNatsServer(progress);
  const folder = mkdtempSync(path.join(tmpdir(), `managed-os-bench-${process.pid}-`));
  // As root, PostgreSQL runs as another user, who has to get through here.
  chmodSync(folder, 0o755);
  const started: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  const file = (name: string): string => path.join(folder, name);
  const nats = (name: string, durable: boolean) =>
    startNats({ binary, folder: file(name), logFile: file(`${name}.log`), durable });
  try {
    const postgres = await startPostgres({ dataDir: file('pg'), logFile: file('postgres.log'), durable: true });
    started.push(postgres);
    const always = await nats('nats', true);
    started.push(always);
    const byDefault = await nats('nats-default', false);
    started.push(byDefault);
    return {
      databaseUrl: postgres.url,
      natsUrl: always.url,
      natsDefaultUrl: byDefault.url,
      pids: [postgres.pid, always.pid, byDefault.pid],
      natsVersion: versionOf(binary),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

const versionOf = (binary: string): string =>
  /v([\d.]+)/.exec(execFileSync(binary, ['--version'], { encoding: 'utf8' }))?.[1] ?? 'unknown';

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SystemClock } from '@managed-os/kernel';
import type { NatsPermissions } from '../nats-permissions.js';

export interface TestUser extends NatsPermissions {
  readonly user: string;
  readonly pass: string;
}

/** A nats-server with JetStream of one test file's own: its streams are nobody else's, and it may be killed. */
export interface TestNats {
  readonly url: string;
  /** As by `kill -9`; what it had not written to disk stays with the kernel, so nothing acknowledged is lost. */
  kill(): Promise<void>;
  /** On the same port and data as before. */
  start(): Promise<void>;
  /** As if its volume was deleted: starts again with nothing. */
  startEmpty(): Promise<void>;
  stop(): Promise<void>;
}

const { real } = new SystemClock();
const PREFIX = 'managed-os-nats-';

/** Starts a server on a free port; about 50 ms. With `users` nobody else gets in. */
export const startTestNats = async (users: readonly TestUser[] = []): Promise<TestNats> => {
  const binary = findBinary();
  endOrphans();
  const folder = mkdtempSync(path.join(tmpdir(), `${PREFIX}${process.pid}-`));
  const [port, monitor] = [await freePort(), await freePort()];
  const config = path.join(folder, 'nats.conf');
  writeFileSync(config, configuration(folder, port, monitor, users));
  let child: ChildProcess | undefined;
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  const start = async (): Promise<void> => {
    child = spawn(binary, ['-c', config], { stdio: 'ignore' });
    for (let tries = 0; tries < 400; tries++) {
      const health = await fetch(`http://127.0.0.1:${monitor}/healthz?js-enabled-only=true`).catch(() => undefined);
      if (health?.ok) return;
      await real.sleep(25);
    }
    throw new Error('nats-server does not start');
  };
  await start();
  return {
    url: `nats://127.0.0.1:${port}`,
    start,
    async startEmpty() {
      await end('SIGKILL');
      rmSync(path.join(folder, 'jetstream'), { recursive: true, force: true });
      await start();
    },
    kill: () => end('SIGKILL'),
    async stop() {
      await end('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const configuration = (folder: string, port: number, monitor: number, users: readonly TestUser[]): string =>
  JSON.stringify({
    listen: `127.0.0.1:${port}`,
    http: `127.0.0.1:${monitor}`,
    pid_file: path.join(folder, 'pid'),
    jetstream: { store_dir: folder },
    ...(users.length > 0 && {
      authorization: {
        users: users.map(({ user, pass, ...permissions }) => ({ user, password: pass, permissions })),
      },
    }),
  });

/** Servers whose test process was killed before it could stop them. */
const endOrphans = (): void => {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const parent = Number(name.slice(PREFIX.length).split('-')[0]);
    if (isAlive(parent)) continue;
    const folder = path.join(tmpdir(), name);
    const pid = existsSync(path.join(folder, 'pid')) ? Number(readFileSync(path.join(folder, 'pid'), 'utf8')) : 0;
    const command = `/proc/${pid}/cmdline`;
    if (pid > 0 && existsSync(command) && readFileSync(command, 'utf8').includes(folder)) process.kill(pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
};

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const findBinary = (): string => {
  const cached = fileURLToPath(new URL('../../../../.cache/nats/nats-server', import.meta.url));
  const candidates = [process.env.NATS_SERVER_BIN, 'nats-server', '/usr/sbin/nats-server', cached];
  const found = candidates.find(
    (candidate) => candidate && isNew(spawnSync(candidate, ['--version'], { encoding: 'utf8' }).stdout ?? ''),
  );
  if (!found)
    throw new Error('no nats-server of version 2.14 or newer: run through npm test, or sh tools/local/get-nats.sh');
  return found;
};

const isNew = (output: string): boolean => {
  const [, major, minor] = /v(\d+)\.(\d+)/.exec(output) ?? [];
  return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 14);
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
};

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SystemClock } from '@managed-os/kernel';
import type { NatsPermissions } from '../nats-permissions.js';
import { natsServerBinary } from './config.js';

export interface TestUser extends NatsPermissions {
  readonly user: string;
  readonly pass: string;
}

/** Where one server of a test listens. */
export interface Ports {
  readonly client: number;
  readonly monitor: number;
  readonly route: number;
}

const { real } = new SystemClock();
export const PREFIX = 'managed-os-nats-';

/** What `/jsz` of a server says about leaders. */
interface JetStreamView {
  readonly meta_cluster?: { readonly leader?: string; readonly cluster_size?: number };
  readonly account_details?: readonly {
    readonly stream_detail?: readonly { readonly cluster?: { readonly leader?: string } }[];
  }[];
}

/** One nats-server process on ports and a folder that it keeps over restarts. */
export class NatsNode {
  private child: ChildProcess | undefined;
  private readonly config: string;

  constructor(
    readonly name: string,
    private readonly ports: Ports,
    folder: string,
    routes: readonly number[],
    users: readonly TestUser[],
  ) {
    mkdirSync(folder, { recursive: true });
    this.config = path.join(folder, 'nats.conf');
    writeFileSync(this.config, configuration(name, folder, ports, routes, users));
  }

  get isUp(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Does not wait until it answers. */
  launch(): void {
    if (!this.isUp) this.child = spawn(findBinary(), ['-c', this.config], { stdio: 'ignore' });
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (!this.child || !this.isUp) return;
    const exited = once(this.child, 'exit');
    this.child.kill(signal);
    await exited;
  }

  /** Deletes what it stored. Only while it is down. */
  forget(): void {
    rmSync(path.join(path.dirname(this.config), 'jetstream'), { recursive: true, force: true });
  }

  /** Resolves when JetStream answers; as part of a cluster, when that has a leader. */
  async ready(nodes: number): Promise<void> {
    for (let tries = 0; tries < 800; tries++) {
      const health = await fetch(`${this.monitor}/healthz?js-enabled-only=true`).catch(() => undefined);
      if (health?.ok && (nodes === 1 || (await this.view())?.meta_cluster?.leader)) return;
      await real.sleep(25);
    }
    throw new Error('nats-server does not start');
  }

  /** The node that leads the stream that it has, or the cluster while it has none; `undefined` while nobody leads. */
  async leader(): Promise<string | undefined> {
    const view = await this.view();
    const streams = view?.account_details?.flatMap(({ stream_detail = [] }) => stream_detail) ?? [];
    return streams.length > 0
      ? streams.find(({ cluster }) => cluster?.leader)?.cluster?.leader
      : view?.meta_cluster?.leader;
  }

  private get monitor(): string {
    return `http://127.0.0.1:${this.ports.monitor}`;
  }

  private async view(): Promise<JetStreamView | undefined> {
    const response = await fetch(`${this.monitor}/jsz?accounts=true&streams=true`).catch(() => undefined);
    return response?.ok ? ((await response.json()) as JetStreamView) : undefined;
  }
}

const configuration = (
  name: string,
  folder: string,
  ports: Ports,
  routes: readonly number[],
  users: readonly TestUser[],
): string =>
  JSON.stringify({
    server_name: name,
    listen: `127.0.0.1:${ports.client}`,
    http: `127.0.0.1:${ports.monitor}`,
    pid_file: path.join(folder, 'pid'),
    jetstream: { store_dir: folder },
    ...(routes.length > 1 && {
      cluster: {
        name: 'test',
        listen: `127.0.0.1:${ports.route}`,
        routes: routes.map((port) => `nats://127.0.0.1:${port}`),
      },
    }),
    ...(users.length > 0 && {
      authorization: {
        users: users.map(({ user, pass, ...permissions }) => ({ user, password: pass, permissions })),
      },
    }),
  });

/** Ends servers whose test process was killed before it could stop them. */
export const endOrphans = (): void => {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const parent = Number(name.slice(PREFIX.length).split('-')[0]);
    if (isAlive(parent)) continue;
    const folder = path.join(tmpdir(), name);
    for (const node of readdirSync(folder)) endOrphan(path.join(folder, node));
    rmSync(folder, { recursive: true, force: true });
  }
};

const endOrphan = (folder: string): void => {
  const file = path.join(folder, 'pid');
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  const command = `/proc/${pid}/cmdline`;
  if (pid > 0 && existsSync(command) && readFileSync(command, 'utf8').includes(folder)) process.kill(pid, 'SIGKILL');
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
  const candidates = [natsServerBinary(), 'nats-server', '/usr/sbin/nats-server', cached];
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

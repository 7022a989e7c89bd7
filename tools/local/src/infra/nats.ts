import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { endOrphan, freePort, launch, pidIn, type Running, runs, tail } from './processes.js';
import { eventually } from './real-time.js';
import { ServerUnusable } from './server-unusable.js';

/** Who may connect, and what that user may do. */
export interface NatsUser {
  readonly user: string;
  readonly password: string;
  /** As nats.conf spells them. Without: everything. */
  readonly permissions?: object;
}

export interface NatsOptions {
  readonly binary: string;
  /** Holds nats.conf, the pid file and JetStream's data. */
  readonly folder: string;
  readonly logFile: string;
  /** Default: free ones. */
  readonly port?: number;
  readonly monitorPort?: number;
  /** True: every acknowledged message is on the disk, also after a power cut. */
  readonly durable: boolean;
  /** None: everybody on the loopback interface may do everything. */
  readonly users?: readonly NatsUser[];
  /** The server is one node of a JetStream cluster. It counts as started before it has found the others. */
  readonly cluster?: ClusterNode;
}

export interface ClusterNode {
  readonly cluster: string;
  /** Its own name; no other node has it. */
  readonly node: string;
  /** Where the other nodes reach it. */
  readonly port: number;
  /** The same port of every node. */
  readonly ports: readonly number[];
}

export interface Nats extends Running {
  readonly url: string;
  readonly port: number;
  readonly monitorPort: number;
}

/** Path of a nats-server that is new enough: NATS_SERVER_BIN, PATH, this checkout's cache, or fetched now. Its progress goes to `progress`. */
export const findNatsServer = (progress: (line: string) => void): Promise<string> =>
  new Promise((resolve, reject) => {
    const script = fileURLToPath(new URL('../../get-nats.sh', import.meta.url));
    const child = execFile('sh', [script], (error, stdout, stderr) => {
      if (error) reject(new ServerUnusable(`no nats-server: ${stderr.trim().split('\n').at(-1)}`, { cause: error }));
      else resolve(stdout.trim());
    });
    child.stderr?.on('data', (text: string) => text.trimEnd().split('\n').forEach(progress));
  });

/**
 * Starts a nats-server with JetStream and resolves when JetStream answers. nats-server does not lock its store, so the
 * pid file does: throws when a server runs on this folder already.
 */
export const startNats = async (options: NatsOptions): Promise<Nats> => {
  const { folder, logFile } = options;
  const running = natsPid(folder);
  if (running !== undefined) throw new ServerUnusable(`a NATS server (pid ${running}) runs on ${folder} already`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  rmSync(pidFile(folder), { force: true });
  const port = options.port ?? (await freePort());
  const monitorPort = options.monitorPort ?? (await freePort());
  writeFileSync(configFile(folder), configuration({ ...options, port, monitorPort }), { mode: 0o600 });
  const server = await launch({ command: options.binary, args: ['-c', configFile(folder)], cwd: folder, logFile });
  let exit: string | undefined;
  void server.exited.then((how) => (exit = how));
  const ready = async (): Promise<'ready' | 'gone' | undefined> => {
    if (exit !== undefined) return 'gone';
    const health = await fetch(`http://127.0.0.1:${monitorPort}/healthz?js-enabled-only=true`).catch(() => undefined);
    return health?.ok ? 'ready' : undefined;
  };
  if ((await eventually(ready, 60_000)) !== 'ready') {
    await server.stop();
    throw new ServerUnusable(
      `NATS does not start (${exit ?? 'no answer in 60 s'}), its log ${logFile} ends with\n${tail(logFile)}`,
    );
  }
  return { ...server, port, monitorPort, url: `nats://127.0.0.1:${port}` };
};

/** Ends the server that a killed parent left on this folder. Only for whoever owns the folder. */
export const endOrphanedNats = async (folder: string): Promise<boolean> => {
  const pid = natsPid(folder);
  if (pid === undefined) return false;
  await endOrphan(pid, configFile(folder), 'SIGTERM');
  return true;
};

const pidFile = (folder: string): string => path.join(folder, 'nats.pid');
const configFile = (folder: string): string => path.join(folder, 'nats.conf');

const natsPid = (folder: string): number | undefined => {
  const pid = pidIn(pidFile(folder));
  return pid !== undefined && runs(pid, configFile(folder)) ? pid : undefined;
};

const configuration = (options: NatsOptions & { readonly port: number; readonly monitorPort: number }): string => {
  const text = JSON.stringify;
  const lines = [
    `server_name: ${text(options.cluster?.node ?? 'managed_os')}`,
    `listen: "127.0.0.1:${options.port}"`,
    `http: "127.0.0.1:${options.monitorPort}"`,
    `pid_file: ${text(pidFile(options.folder))}`,
    `jetstream { store_dir: ${text(path.join(options.folder, 'jetstream'))}${options.durable ? ', sync_interval: always' : ''} }`,
  ];
  if (options.cluster) lines.push(`cluster ${clusterLine(options.cluster)}`);
  if (options.users)
    lines.push('authorization {', '  users: [', ...options.users.map((user) => `    ${userLine(user)}`), '  ]', '}');
  return `${lines.join('\n')}\n`;
};

/** Clients keep to the addresses that they were given: the nodes tell them none. */
const clusterLine = ({ cluster, port, ports }: ClusterNode): string =>
  JSON.stringify({
    name: cluster,
    listen: `127.0.0.1:${port}`,
    routes: ports.map((route) => `nats://127.0.0.1:${route}`),
    no_advertise: true,
  });

/** nats.conf reads JSON. */
const userLine = ({ user, password, permissions }: NatsUser): string =>
  JSON.stringify({ user, password, ...(permissions ? { permissions } : {}) });

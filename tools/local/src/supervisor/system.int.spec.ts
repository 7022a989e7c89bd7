import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from '@nats-io/transport-node';
import pg from 'pg';
import type { Settings } from '../config.js';
import { freePort, isPortFree, pidIn, runs } from '../infra/processes.js';
import { eventually, real } from '../infra/real-time.js';
import { SERVICES } from '../ingress/routes.js';
import { standInCheckout } from '../testing/stand-ins.js';
import { permissionsOf } from './bus-permissions.js';
import { joinSystem } from './join.js';
import { startSystem, type System } from './system.js';

interface Answer {
  readonly name: string;
  readonly pid: number;
  readonly env: Readonly<Record<string, string>>;
}

const checkout = standInCheckout();
const systems: System[] = [];
const said: string[] = [];
let port: number;

const settings = (changed: Partial<Settings> = {}): Settings => ({
  root: checkout.root,
  stateDir: checkout.stateDir,
  port,
  isPortFixed: true,
  fresh: false,
  only: undefined,
  scenario: undefined,
  macs: 0,
  exitWhenDone: false,
  databaseUrl: undefined,
  natsUrl: undefined,
  environment: { PATH: process.env['PATH'] },
  ...changed,
});

const start = async (changed: Partial<Settings> = {}): Promise<System> => {
  const system = await startSystem(
    settings(changed),
    permissionsOf,
    (line) => said.push(line),
    new AbortController().signal,
  );
  systems.push(system);
  return system;
};

const ask = async (system: System, path: string): Promise<Answer> =>
  (await fetch(`${system.address}${path}`)).json() as Promise<Answer>;

beforeAll(async () => {
  port = await freePort();
});
afterEach(async () => {
  for (const system of systems.splice(0)) await system.stop();
});
afterAll(() => rmSync(checkout.root, { recursive: true, force: true }));

describe('a system', () => {
  it('gives each service a role and a user of its own, and everybody one clock', async () => {
    const system = await start();
    const [library, deadlines] = await Promise.all([ask(system, '/api/library'), ask(system, '/api/deadlines')]);
    expect(library.env['DATABASE_URL']).toMatch(/^postgres:\/\/mos_library:.+@127\.0\.0\.1:\d+\/managed_os$/);
    expect(deadlines.env['NATS_USER']).toBe('deadlines');
    expect(library.env['NATS_PASSWORD']).not.toBe(deadlines.env['NATS_PASSWORD']);
    const owner = new pg.Client(library.env['MIGRATION_DATABASE_URL']);
    const service = new pg.Client(library.env['DATABASE_URL']);
    await Promise.all([owner.connect(), service.connect()]);
    await owner.query('create schema s create table t (n int)');
    await expect(service.query('select * from s.t')).rejects.toMatchObject({ code: '42501' });
    await owner.query('drop schema s cascade');
    await Promise.all([owner.end(), service.end()]);
    const { NATS_URL: servers = '', NATS_USER: user = '', NATS_PASSWORD: pass = '' } = library.env;
    await expect(connect({ servers, user, pass: 'wrong', reconnect: false })).rejects.toThrow();
    const nats = await connect({ servers, user, pass, reconnect: false });
    expect(nats.info?.jetstream).toBe(true);
    await nats.close();
    const anchor = await (await fetch(library.env['MOS_CLOCK']?.replace('scaled:', '') ?? '')).json();
    expect(anchor).toMatchObject({ simulated: '2022-09-10T06:00:00.000Z', rate: 0 });
  });

  it('restarts a dead service after a second and says so; 503 meanwhile', async () => {
    const system = await start();
    const { pid: first } = await ask(system, '/api/devices');
    const killed = real.elapsed();
    process.kill(first, 'SIGKILL');
    const statuses = new Set<number>();
    const again = await eventually(async () => {
      const response = await fetch(`${system.address}/api/devices`);
      statuses.add(response.status);
      const answer = (await response.json()) as Answer;
      return response.ok && answer.pid !== first ? answer : undefined;
    }, 20_000);
    expect(again).toMatchObject({ name: 'progress' });
    expect(real.elapsed() - killed).toBeGreaterThan(990);
    expect([...statuses].filter((status) => status !== 200 && status !== 502)).toEqual([503]);
    expect(said).toContainEqual(expect.stringMatching(/^progress: ended \(SIGKILL\); starts again in 1 s$/));
  });

  it('leads to a process that joined, while it lives', async () => {
    const system = await start();
    const supervised = await ask(system, '/api/library');
    const joined = await freePort();
    const child = spawn(process.execPath, [path.join(checkout.root, 'services/library/src/main.ts')], {
      stdio: 'ignore',
      env: { ...process.env, PORT: String(joined) },
    });
    await eventually(async () => ((await isPortFree(joined)) ? undefined : true), 10_000);
    const { control } = JSON.parse(readFileSync(path.join(checkout.stateDir, 'system.json'), 'utf8')) as {
      control: string;
    };
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ port: joined, pid: child.pid });
    expect((await fetch(`${control}/replicas/library`, { method: 'PUT', headers, body })).status).toBe(204);
    expect((await fetch(`${control}/replicas/nobody`, { method: 'PUT', headers, body })).status).toBe(400);
    expect((await ask(system, '/api/library')).pid).toBe(child.pid);
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    expect((await ask(system, '/api/library')).pid).toBe(supervised.pid);
  });

  it('a process that joins with --only ends with its system', async () => {
    const system = await start();
    const supervised = await ask(system, '/api/library');
    const joined = joinSystem('library', settings(), (line) => said.push(line));
    await eventually(async () => {
      // The one port may say for a moment that nobody is there.
      const { pid } = await ask(system, '/api/library');
      return pid === undefined || pid === supervised.pid ? undefined : true;
    }, 20_000);
    await system.stop();
    expect(await joined).toBe(0);
    expect(said).toContain('the system ended, and library with it');
  });

  it('restarts NATS and PostgreSQL on their old ports', async () => {
    const system = await start();
    const { env } = await ask(system, '/api/library');
    for (const program of ['nats', 'postgresql'] as const) {
      const state = (): string | undefined => system.parts().find(({ name }) => name === program)?.state;
      process.kill(pidOf(program), 'SIGKILL');
      expect(await eventually(() => (state() === 'restarting' ? true : undefined), 5_000)).toBe(true);
      expect(await eventually(() => (state() === 'ready' ? true : undefined), 20_000)).toBe(true);
    }
    const database = new pg.Client(env['DATABASE_URL']);
    await database.connect();
    await database.end();
    const { NATS_URL: servers = '', NATS_USER: user = '', NATS_PASSWORD: pass = '' } = env;
    await (await connect({ servers, user, pass, reconnect: false })).close();
  });

  it('stops in order, fleet first and servers last, and goes on with its data', async () => {
    const system = await start();
    await system.startFleet('fleet.json');
    system.clock.run(3_600);
    const servers = [pidOf('nats'), pidOf('postgresql')];
    await system.stop();
    const stopped = checkout.order().slice(-7);
    expect(stopped[0]).toBe('stop fleet');
    expect(stopped.slice(1).toSorted()).toEqual(SERVICES.map((name) => `stop ${name}`).toSorted());
    for (const pid of servers) expect(runs(pid, '')).toBe(false);
    const reached = system.clock.now();
    const next = await start();
    expect(next.token).toBe(system.token);
    expect(next.clock.now()).toBe(reached);
    expect((await ask(next, '/api/library')).env['MIGRATION_DATABASE_URL']).toContain('managed_os_owner');
  });

  it('refuses a second system on the same folder, --fresh too, and leaves the first alone', async () => {
    const system = await start();
    const rival = await freePort();
    await expect(start({ port: rival })).rejects.toThrow(
      /a system runs on .* already \(pid \d+, http:\/\/127.0.0.1:\d+\)/,
    );
    await expect(start({ port: rival, fresh: true })).rejects.toThrow('a system runs on');
    expect(await ask(system, '/api/library')).toMatchObject({ name: 'library' });
  });

  it('begins anew with --fresh, with the first scenario or the one that is named', async () => {
    const first = await start();
    first.clock.jump('2022-10-01T00:00:00.000Z' as never);
    await first.stop();
    const anew = await start({ fresh: true });
    expect(anew.token).not.toBe(first.token);
    expect(anew.clock.now()).toBe('2022-09-10T06:00:00.000Z');
    await anew.stop();
    const other = await start({ fresh: true, scenario: 'macos-27' });
    expect(other.scenario.name).toBe('macos-27');
    expect(other.clock.now()).toBe('2026-09-22T06:00:00.000Z');
  });

  it('goes on with the scenario that was begun, and refuses another one', async () => {
    const first = await start({ fresh: true, scenario: 'macos-27' });
    await first.stop();
    await expect(start({ scenario: 'main-job' })).rejects.toThrow(
      /holds the scenario macos-27: leave --scenario out .*, add --fresh to begin main-job instead, or .* MOS_STATE_DIR/,
    );
    expect((await start()).scenario.name).toBe('macos-27');
  });

  it('gives the dispatcher a profile to hand out, of its own address and authority', async () => {
    const system = await start();
    const { env } = await ask(system, '/enroll');
    expect(system.enrollment).toBe(`${system.address}/enroll?code=${env['ENROLLMENT_SECRET']}`);
    expect(env['MDM_URL']).toBe(`https://localhost:${new URL(system.address).port}`);
    expect(readFileSync(env['ENROLLMENT_TRUST_FILE'] ?? '', 'utf8')).toContain('BEGIN CERTIFICATE');
  });
});

describe('the one port', () => {
  let taken: Server;
  beforeAll(async () => {
    taken = createServer().listen(0, '127.0.0.1');
    await eventually(() => (taken.listening ? true : undefined), 1_000);
  });
  afterAll(() => void taken.close());

  it('names a taken port that was asked for', async () => {
    const { port: number } = taken.address() as AddressInfo;
    await expect(start({ port: number })).rejects.toThrow(`port ${number} cannot be used`);
  });

  it('takes the next free one otherwise', async () => {
    const { port: number } = taken.address() as AddressInfo;
    const system = await start({ port: number, isPortFixed: false });
    expect(Number(new URL(system.address).port)).toBeGreaterThan(number);
  });
});

describe('servers of the caller', () => {
  it.each([
    [{ databaseUrl: 'mysql://x' }, 'DATABASE_URL cannot be used: it is not a postgres:// address'],
    [{ databaseUrl: 'postgres://me@127.0.0.1:1/x' }, /DATABASE_URL cannot be used: .*ECONNREFUSED/],
    [{ natsUrl: 'nats://127.0.0.1:1' }, /NATS_URL cannot be used: /],
    [{ natsUrl: 'nats://127.0.0.1:1', fresh: true }, '--fresh removes our own state only'],
  ])('%j is refused with the reason', async (changed, reason) => {
    await expect(start(changed)).rejects.toThrow(reason);
  });

  it('are used when they are good', async () => {
    const { TEST_DATABASE_URL: databaseUrl, TEST_NATS_URL: natsUrl } = process.env;
    if (!databaseUrl || !natsUrl) throw new Error('run through npm test, or node tools/with-infra.mjs …');
    const system = await start({ databaseUrl, natsUrl });
    const { env } = await ask(system, '/api/library');
    expect(env['NATS_URL']).toBe(natsUrl);
    expect(new URL(env['DATABASE_URL'] ?? '').host).toBe(new URL(databaseUrl).host);
    expect(system.parts().map(({ name }) => name)).toEqual(SERVICES);
  });
});

const pidOf = (program: 'nats' | 'postgresql'): number => {
  const pid = pidIn(path.join(checkout.stateDir, program === 'nats' ? 'nats/nats.pid' : 'pg/postmaster.pid'));
  expect(pid).toBeDefined();
  return pid ?? 0;
};

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import type { RealTime } from '@managed-os/kernel';
import type { Place } from '../contestant.js';
import { onServer } from '../database.js';

/** Where and with what a run was made; names of machines and people are no part of it. */
export interface Machine {
  readonly date: string;
  readonly cores: number;
  readonly memory: string;
  readonly system: string;
  /** Of the last minute before the run: above 0, others were at work. */
  readonly load: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, string>>;
}

const PACKAGES = [
  'pg',
  'kysely',
  '@nats-io/jetstream',
  '@nestjs/core',
  '@event-driven-io/emmett-postgresql',
  '@eventide/message-db',
  'pg-copy-streams',
];

const SETTINGS = [
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'shared_buffers',
  'max_wal_size',
  'wal_sync_method',
  'jit',
];

export const describeMachine = async (place: Place, natsVersion: string, real: RealTime): Promise<Machine> => {
  const { version, settings } = await onServer(place.databaseUrl, async (client) => {
    const { rows } = await client.query<{ name: string; value: string }>(
      `select name, current_setting(name) as value from unnest($1::text[]) name`,
      [['server_version', ...SETTINGS]],
    );
    const all = Object.fromEntries(rows.map(({ name, value }) => [name, value]));
    const { server_version = '', ...others } = all;
    return { version: server_version.split(' ')[0] ?? '', settings: others };
  });
  return {
    date: real.now().slice(0, 10),
    cores: os.availableParallelism(),
    memory: `${Math.round(os.totalmem() / 2 ** 30)} GB`,
    system: systemName(),
    load: (os.loadavg()[0] ?? 0).toFixed(1),
    versions: {
      node: process.versions.node,
      PostgreSQL: version,
      'nats-server': natsVersion,
      ...Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
      pgbench: programVersion('pgbench'),
      psql: programVersion('psql'),
    },
    settings: { ...settings, 'NATS sync_interval': 'always, except where a row says default' },
  };
};

const resolve = createRequire(import.meta.url).resolve;

/** From the package's folder, because not every package exports its package.json. */
const versionOf = (name: string): string => {
  const folder = resolve
    .paths(name)
    ?.map((modules) => `${modules}/${name}/package.json`)
    .map(read)
    .find((text) => text !== undefined);
  return folder === undefined ? 'not found' : (JSON.parse(folder) as { version: string }).version;
};

const read = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

const systemName = (): string =>
  /^PRETTY_NAME="(.*)"$/m.exec(read('/etc/os-release') ?? '')?.[1] ?? `${os.type()} ${os.release()}`;

const programVersion = (program: string): string => {
  try {
    return /\d+(\.\d+)*/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' }))?.[0] ?? 'unknown';
  } catch {
    return 'not installed';
  }
};

const list = (facts: Readonly<Record<string, string>>): string =>
  Object.entries(facts)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

export const wordsForMachine = ({ date, cores, memory, system, load, versions, settings }: Machine): string =>
  [
    `${date}: ${cores} cores, ${memory}, ${system}; load ${load} before the run.`,
    `Versions: ${list(versions)}.`,
    `Settings: ${list(settings)}.`,
  ].join('\n\n');

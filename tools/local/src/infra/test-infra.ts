import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { endOrphanedNats, findNatsServer, startNats } from './nats.js';
import { endOrphanedPostgres, startPostgres } from './postgres.js';
import { runs } from './processes.js';
import { ServerUnusable } from './server-unusable.js';

/** One PostgreSQL and one NATS for a whole test run. */
export interface TestInfra {
  readonly databaseUrl: string;
  readonly natsUrl: string;
  /** Where data and logs stay when they are kept; a container keeps none. */
  readonly folder: string | undefined;
  /** Stops both and, unless told to keep it, removes their data. */
  stop(keep: boolean): Promise<void>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'managed-os-test-';

/** By INFRA: `local`, the default, from binaries, or `testcontainers`. Throws `ServerUnusable` when they cannot be had. */
export const startTestInfra = async (progress: (line: string) => void, env: Environment): Promise<TestInfra> => {
  const infra = env['INFRA'] || 'local';
  if (infra === 'local') return startFromBinaries(progress);
  if (infra !== 'testcontainers') throw new ServerUnusable(`INFRA is local or testcontainers, not ${infra}`);
  // For the specs that start a nats-server of their own; the others do without.
  await findNatsServer(progress).catch((error: ServerUnusable) => progress(error.message));
  // Whoever does not ask for containers does not wait for their library.
  const { startTestContainers } = await import('./test-containers.js');
  return startTestContainers(env);
};

const startFromBinaries = async (progress: (line: string) => void): Promise<TestInfra> => {
  await endOrphans();
  const binary = await findNatsServer(progress);
  const folder = mkdtempSync(path.join(tmpdir(), `${PREFIX}${process.pid}-`));
  // As root, PostgreSQL runs as another user, who has to get through here.
  chmodSync(folder, 0o755);
  const postgres = await startPostgres({
    dataDir: path.join(folder, 'pg'),
    logFile: path.join(folder, 'postgres.log'),
    durable: false,
  });
  const nats = await startNats({
    binary,
    folder: path.join(folder, 'nats'),
    logFile: path.join(folder, 'nats.log'),
    durable: false,
  }).catch(async (error: unknown) => {
    await postgres.stop();
    throw error;
  });
  return {
    databaseUrl: postgres.url,
    natsUrl: nats.url,
    folder,
    async stop(keep) {
      await Promise.all([postgres.stop(), nats.stop()]);
      if (!keep) rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** Servers of earlier runs that were killed before they could stop them. */
const endOrphans = async (): Promise<void> => {
  for (const name of readdirSync(tmpdir())) {
    const parent = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length).split('-')[0]) : 0;
    if (parent === 0 || runs(parent, 'with-infra')) continue;
    await endOrphanedPostgres(path.join(tmpdir(), name, 'pg'));
    await endOrphanedNats(path.join(tmpdir(), name, 'nats'));
  }
};

import { PostgreSqlContainer } from '@testcontainers/postgresql';
import { GenericContainer, getContainerRuntimeClient, Wait } from 'testcontainers';
import { settings } from './postgres.js';
import { ServerUnusable } from './server-unusable.js';
import type { Environment, TestInfra } from './test-infra.js';

const NATS_PORT = 4222;
const NATS_MONITOR_PORT = 8222;

/**
 * PostgreSQL and NATS as containers of the images POSTGRES_IMAGE and NATS_IMAGE. Nothing of them outlives `stop`; after
 * `kill -9` the reaper of Testcontainers removes them.
 */
export const startTestContainers = async (env: Environment): Promise<TestInfra> => {
  await getContainerRuntimeClient().catch((cause: unknown) => {
    throw new ServerUnusable('INFRA=testcontainers needs Docker, or DOCKER_HOST naming a container runtime that runs', {
      cause,
    });
  });
  const postgres = await up(env['POSTGRES_IMAGE'] || 'postgres:18-alpine', (image) =>
    new PostgreSqlContainer(image)
      .withDatabase('postgres')
      .withUsername('postgres')
      .withEnvironment({ POSTGRES_INITDB_ARGS: '--encoding=UTF8 --locale=C', POSTGRES_HOST_AUTH_METHOD: 'trust' })
      .withCommand(['postgres', ...settings(false)])
      .start(),
  );
  // NatsContainer insists on a user and a password, which clients do not take from a URL.
  const nats = await up(env['NATS_IMAGE'] || 'nats:2.15-alpine', (image) =>
    new GenericContainer(image)
      .withCommand(['--jetstream', '--http_port', String(NATS_MONITOR_PORT)])
      .withExposedPorts(NATS_PORT, NATS_MONITOR_PORT)
      .withWaitStrategy(Wait.forHttp('/healthz?js-enabled-only=true', NATS_MONITOR_PORT))
      .start(),
  ).catch(async (error: unknown) => {
    await postgres.stop();
    throw error;
  });
  return {
    // Without a password, like that of the binaries: specs log in as roles that have none.
    databaseUrl: `postgres://postgres@${postgres.getHost()}:${postgres.getPort()}/postgres`,
    natsUrl: `nats://${nats.getHost()}:${nats.getMappedPort(NATS_PORT)}`,
    folder: undefined,
    async stop() {
      await Promise.all([postgres.stop(), nats.stop()]);
    },
  };
};

const up = <C>(image: string, start: (image: string) => Promise<C>): Promise<C> =>
  start(image).catch((cause: unknown) => {
    throw new ServerUnusable(
      `no container of ${image} comes up: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  });

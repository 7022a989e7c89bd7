import { startTestNats } from '@managed-os/event-bus/testing';
import { createTestDatabase, type TestDatabase } from '@managed-os/event-store/testing';
import type { Clock } from '@managed-os/kernel';
import { createService } from '../create-service.js';
import type { ServiceConfig } from '../service-config.js';
import { TEST_PREVIEW_KEY } from './preview-headers.js';
import type { RunningService, ServiceDefinition } from '../service-definition.js';

/** An answer of a service's API; `body` is undefined when there is none. */
export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** A whole service on a database of its own and real servers, as its callers see it. */
export interface TestService extends RunningService {
  readonly natsUrl: string;
  readonly database: TestDatabase;
  /** Stops the service and starts it again on the same data; `app` and `url` are new ones then. */
  restart(): Promise<void>;
  /** Calls the API as admin. */
  api<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer<T>>;
}

const TOKEN = 'token-of-a-test-run';

/**
 * Starts a service for one spec file; `close` stops it and drops its database. Services that are to hear each other share
 * a NATS server (`natsUrl` of the first); without it the service gets one that is nobody else's.
 */
export const startTestService = async <C extends ServiceConfig>(
  definition: ServiceDefinition<C>,
  given: { readonly clock?: Clock; readonly natsUrl?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<TestService> => {
  const nats = given.natsUrl === undefined ? await startTestNats() : undefined;
  const natsUrl = given.natsUrl ?? nats?.url ?? '';
  const database = await createTestDatabase({ schema: definition.name });
  const stopServers = async (): Promise<void> => {
    await database.drop();
    await nats?.stop();
  };
  const env = {
    DATABASE_URL: database.databaseUrl,
    MIGRATION_DATABASE_URL: database.ownerUrl,
    NATS_URL: natsUrl,
    LOCAL_TOKEN: TOKEN,
    PREVIEW_KEY: TEST_PREVIEW_KEY,
    LOG_LEVEL: 'error',
    ...given.env,
  };
  const start = (): Promise<RunningService> => createService(definition, env, given.clock && { clock: given.clock });
  let running = await start().catch(async (error: unknown) => {
    await stopServers();
    throw error;
  });
  return {
    natsUrl,
    database,
    get app() {
      return running.app;
    },
    get url() {
      return running.url;
    },
    caughtUp: () => running.caughtUp(),
    async restart() {
      await running.close();
      running = await start();
    },
    async close() {
      await running.close();
      await stopServers();
    },
    async api<T>(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) {
      const response = await fetch(`${running.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${TOKEN}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: (text ? JSON.parse(text) : undefined) as T };
    },
  };
};

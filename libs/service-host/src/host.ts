import { environment } from './config.js';
import { createService } from './create-service.js';
import { InvalidConfig, type ServiceConfig } from './service-config.js';
import type { ServiceDefinition } from './service-definition.js';

/** Runs a service until SIGTERM or SIGINT. Exit code 1 with one clear line when it cannot start. */
export const host = async <C extends ServiceConfig>(definition: ServiceDefinition<C>): Promise<void> => {
  const stopped = new AbortController();
  const running = createService(definition, environment());
  const stop = (): void => {
    if (stopped.signal.aborted) return;
    stopped.abort();
    void running.then((service) => service.close()).finally(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  try {
    await running;
  } catch (error) {
    if (stopped.signal.aborted) return;
    process.stderr.write(`${definition.name}: cannot start: ${reasonOf(error)}\n`);
    process.exit(1);
  }
};

const reasonOf = (error: unknown): string => {
  if (error instanceof InvalidConfig) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
};

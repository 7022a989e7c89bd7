import { AsyncLocalStorage } from 'node:async_hooks';
import type { LoggerService } from '@nestjs/common';
import { currentMessage } from '@managed-os/event-bus';
import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger };

/** What belongs to the request or message in hand; added to every log line written meanwhile. */
export interface LogScope {
  readonly correlationId: string;
}

const scope = new AsyncLocalStorage<LogScope>();

/** Runs `work` with these values on every log line. */
export const withLogScope = <T>(values: LogScope, work: () => T): T => scope.run(values, work);

/** JSON lines, on standard output unless `to` says otherwise; an `error` keeps its stack and causes. */
export const createLogger = (service: string, level: string, to?: DestinationStream): Logger =>
  pino(
    {
      level,
      base: { service },
      messageKey: 'message',
      errorKey: 'error',
      serializers: { error: pino.stdSerializers.errWithCause },
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin: () => scope.getStore() ?? currentMessage() ?? {},
    },
    to,
  );

/** Nest's own lines, through the same logger; its chatter at start is debug. */
export const nestLogger = (log: Logger): LoggerService => ({
  log: (message: unknown) => log.debug(String(message)),
  debug: (message: unknown) => log.debug(String(message)),
  verbose: (message: unknown) => log.trace(String(message)),
  warn: (message: unknown) => log.warn(String(message)),
  error: (message: unknown, stack?: unknown) => log.error({ stack }, String(message)),
  fatal: (message: unknown) => log.fatal(String(message)),
});

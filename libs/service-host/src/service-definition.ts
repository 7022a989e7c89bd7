import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Context } from '@managed-os/contracts';
import type { Projection } from '@managed-os/event-store';
import type { ServiceConfig } from './service-config.js';

/** What makes one service different from the others. */
export interface ServiceDefinition<C extends ServiceConfig = ServiceConfig> {
  /** Name, PostgreSQL schema, NATS user and durable: `deadlines`. */
  readonly name: string;
  /** What it publishes. */
  readonly context: Context;
  readonly config: new () => C;
  /** Folder of its numbered `.sql` files. */
  readonly migrations: URL;
  readonly projections: readonly Projection[];
  /** Events at which a load of a stream may start (closing the books). */
  readonly opens?: readonly string[];
  readonly module: Type;
  /** A module beside it, where its configuration says which doors are open. Throws `InvalidConfig`. */
  doors?(config: C): Type;
  /** Last word before it listens, for content types and the like. */
  readonly configure?: (app: NestFastifyApplication) => void;
}

export interface RunningService {
  readonly app: NestFastifyApplication;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Resolves when every projection has seen every event appended before the call. */
  caughtUp(): Promise<void>;
  /** Stops in order: not ready, HTTP, pulling, what is in hand, loops, relay, projections, NATS, pools. */
  close(): Promise<void>;
}

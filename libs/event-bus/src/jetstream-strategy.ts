import { Catch, type INestApplication, type INestMicroservice, type RpcExceptionFilter } from '@nestjs/common';
import { type CustomTransportStrategy, type MessageHandler as NestHandler, Server } from '@nestjs/microservices';
import { type Codec, codec } from '@managed-os/contracts';
import type { Log } from '@managed-os/event-store';
import type { Clock } from '@managed-os/kernel';
import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import type pg from 'pg';
import { isObservable, lastValueFrom, type Observable, throwError } from 'rxjs';
import { answerRequests } from './answer-requests.js';
import type { Delivered } from './cloud-event.js';
import { inTime } from './connect-bus.js';
import { DeadLetters } from './dead-letters.js';
import { DurableReader } from './durable-reader.js';
import { describe, Handling } from './handling.js';
import { Lanes } from './lanes.js';
import type { Parking } from './letter.js';
import { matches, overlap, parseSubject } from './patterns.js';
import { type Redelivered, redeliver } from './redeliver.js';
import { streamOf } from './streams.js';

export interface JetStreamStrategyOptions {
  readonly connection: NatsConnection;
  /** The service's name: its durables, its queue group, the consumer of its inbox. */
  readonly service: string;
  /** The service's pool, as the service's role; its search path names the schema. */
  readonly pool: pg.Pool;
  readonly clock: Pick<Clock, 'real'>;
  readonly log: Log;
  /** The contract that it reads by; this version's. */
  readonly codec?: Codec;
  /** Handlers at work at once: what they append meanwhile is committed together. */
  readonly concurrency?: number;
  /** Messages in hand at once, per stream. */
  readonly inHand?: number;
  readonly ackWaitMs?: number;
  readonly pinMs?: number;
  /** Waits between tries; after one more try than entries a message is a dead letter. */
  readonly backoffMs?: readonly number[];
  readonly handlerLimitMs?: number;
  /** How long `close` waits for what is in hand. */
  readonly closeMs?: number;
}

const BACKOFF_MS = [200, 1_000, 5_000, 15_000, 30_000, 60_000];

/** Handlers that would both get a message, or a pattern that no stream carries. */
export class BadPattern extends Error {
  override readonly name = 'BadPattern';
  readonly code = 'bad-pattern';
}

/**
 * Nest's transport for events and requests. `@EventPattern([subjectOf('DeadlineReached')])` handlers get `Delivered`
 * envelopes, at least once, in order per Mac and side by side across Macs, and answer with a `Settlement`; one durable
 * per stream, of the service's name. `@MessagePattern('mos.rpc.…')` handlers answer requests, shared by all instances.
 */
export class JetStreamStrategy extends Server implements CustomTransportStrategy {
  override readonly transportId = Symbol('managed-os-bus');
  readonly letters: DeadLetters;
  private readonly lanes: Lanes;
  private readonly handling: Handling;
  private readonly replies = new Set<Promise<void>>();
  private eventPatterns: readonly string[] = [];
  private readers: readonly DurableReader[] = [];
  private subscriptions: readonly Subscription[] = [];
  private closed: Promise<void> | undefined;

  constructor(private readonly options: JetStreamStrategyOptions) {
    super();
    this.letters = new DeadLetters(options.pool, options.service);
    this.lanes = new Lanes(options.concurrency ?? 256);
    this.handling = new Handling({
      codec: options.codec ?? codec,
      handlerOf: (subject) => this.handlerOf(subject),
      letters: this.letters,
      real: options.clock.real,
      log: options.log,
      backoffMs: options.backoffMs ?? BACKOFF_MS,
      handlerLimitMs: options.handlerLimitMs ?? 120_000,
    });
  }

  /** Begins to read and to answer; a stream that does not exist yet is waited for in the background. */
  listen(callback: (error?: unknown) => void): void {
    try {
      this.readers = this.makeReaders();
      this.subscriptions = this.patterns('requests').map((pattern) => this.answer(pattern));
      for (const reader of this.readers) reader.start();
      callback();
    } catch (error) {
      callback(error);
    }
  }

  /** Stops pulling and answering, lets what runs finish (up to `closeMs`). The connection stays open. Once. */
  close(): Promise<void> {
    this.closed ??= this.closeOnce();
    return this.closed;
  }

  /** Hands the dead letters of a token to their handlers, in order; frees the token when none is left. */
  redeliver(parking: Parking, by: string, signal?: AbortSignal): Promise<Redelivered> {
    return redeliver(this.letters, this.handling, parking, by, signal);
  }

  /**
   * Reads again what the streams still hold: for a service whose database was restored from an older dump, and which
   * acknowledged messages that it does not know any more.
   */
  async reread(): Promise<readonly string[]> {
    return Promise.all(this.readers.map((reader) => reader.reread()));
  }

  /** Resolves when every message that is in the streams is handled. For tests. */
  async caughtUp(): Promise<void> {
    for (;;) {
      await this.lanes.idle();
      const caughtUp = await Promise.all(this.readers.map((reader) => reader.caughtUp()));
      if (caughtUp.every(Boolean)) return;
      await this.options.clock.real.sleep(20);
    }
  }

  on(): never {
    throw new TypeError('the bus has no events of its own to listen to');
  }

  unwrap<T>(): T {
    return this.options.connection as T;
  }

  private patterns(kind: 'events' | 'requests'): readonly string[] {
    return [...this.messageHandlers]
      .filter(([, handler]) => Boolean(handler.isEventHandler) === (kind === 'events'))
      .map(([pattern]) => pattern);
  }

  private patternOf(subject: string): string | undefined {
    return this.eventPatterns.find((candidate) => matches(candidate, subject));
  }

  private handlerOf(subject: string): ((message: Delivered) => Promise<unknown>) | undefined {
    const pattern = this.patternOf(subject);
    const handler = pattern === undefined ? undefined : this.messageHandlers.get(pattern);
    return handler && ((message) => resultOf(handler, message));
  }

  private makeReaders(): readonly DurableReader[] {
    const patterns = (this.eventPatterns = this.patterns('events'));
    checkPatterns(patterns, this.messageHandlers);
    const contextOf = (pattern: string): string => parseSubject(pattern)?.context ?? '';
    const { ackWaitMs = 10_000, clock, connection, inHand = 1_000, log, pinMs = 4_000, service } = this.options;
    return [...new Set(patterns.map(contextOf))].map((context) => {
      const own = patterns.filter((pattern) => contextOf(pattern) === context);
      return new DurableReader({
        ...{ stream: streamOf(context), durable: service, filter: filterOf(context, own), patterns: own },
        ...{ ackWaitMs, inHand, pinMs },
        ...{ connection, handling: this.handling, lanes: this.lanes, letters: this.letters, real: clock.real, log },
      });
    });
  }

  private answer(pattern: string): Subscription {
    const { connection, log, service } = this.options;
    const handler = this.messageHandlers.get(pattern);
    return answerRequests(connection, pattern, service, log, this.replies, (body) =>
      handler ? resultOf(handler, body) : Promise.reject(new TypeError(`no handler for ${pattern}`)),
    );
  }

  private async closeOnce(): Promise<void> {
    const { clock, closeMs = 10_000, connection, log } = this.options;
    for (const subscription of this.subscriptions) subscription.unsubscribe();
    for (const reader of this.readers) reader.stopPulling();
    const finished = Promise.all([this.lanes.idle(), ...this.replies]);
    if (!(await inTime(finished, clock.real, closeMs)))
      log.warn({}, 'handlers still at work; their messages will be delivered again');
    this.handling.abandon();
    const closed = Promise.all(this.readers.map((reader) => reader.close()));
    // Acknowledgements have left before whoever owns the connection closes it.
    const flushed = closed.then(() => (connection.isClosed() ? undefined : connection.flush()));
    const left = await inTime(flushed, clock.real, closeMs).catch((error: unknown) => describe(error));
    if (left !== true)
      log.warn({ error: left }, 'acknowledgements may not have left; what they say will be delivered again');
  }
}

/** Several patterns become the whole context: see `DurableOptions.filter`. */
const filterOf = (context: string, [only, ...others]: readonly string[]): string =>
  only !== undefined && others.length === 0 ? only : `mos.${context}.>`;

const checkPatterns = (patterns: readonly string[], handlers: ReadonlyMap<string, NestHandler>): void => {
  for (const [i, pattern] of patterns.entries()) {
    if (!parseSubject(pattern))
      throw new BadPattern(`${pattern} is not a subject of an event: mos.<context>.<token>.<name>`);
    // One message has one settlement and one `once`; a second handler would meet its own service as a duplicate.
    if (handlers.get(pattern)?.next) throw new BadPattern(`${pattern} has two handlers`);
    const other = patterns.slice(i + 1).find((candidate) => overlap(pattern, candidate));
    if (other !== undefined) throw new BadPattern(`${pattern} and ${other} have messages in common`);
  }
};

const resultOf = async (handler: NestHandler, data: unknown): Promise<unknown> => {
  const result: unknown = await handler(data);
  return isObservable(result) ? lastValueFrom(result as Observable<unknown>, { defaultValue: undefined }) : result;
};

/** Nest turns what a handler throws into "Internal server error"; retries, dead letters and refusals need what it was. */
@Catch()
export class PassOnErrors implements RpcExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

/** Attaches the strategy to an application, with its errors passed on as they are. */
export const connectStrategy = (app: INestApplication, strategy: JetStreamStrategy): INestMicroservice =>
  app
    .connectMicroservice({ strategy }, { inheritAppConfig: false, deferInitialization: true })
    .useGlobalFilters(new PassOnErrors());

import { type Codec, type Envelope, UnknownVersion, UnreadableEvent } from '@managed-os/contracts';
import type { Log } from '@managed-os/event-store';
import { type RealTime, reactionId } from '@managed-os/kernel';
import type { MsgHdrs } from '@nats-io/nats-core';
import { metrics } from '@opentelemetry/api';
import { attribute, type Delivered, fromMessage } from './cloud-event.js';
import type { DeadLetters } from './dead-letters.js';
import type { Rest } from './lanes.js';
import type { NewLetter } from './letter.js';
import { inMessage } from './message-scope.js';
import { isOutage } from './outage.js';
import { isSettlement, type Settlement } from './settlement.js';
import type { LetterReason } from './tables.js';

/** A message as it came, from the stream or from a dead letter. */
export interface Incoming {
  readonly stream: string;
  readonly token: string;
  readonly subject: string;
  readonly sequence: bigint;
  /** How often the server delivered it. */
  readonly deliveries: number;
  readonly headers: MsgHdrs | undefined;
  readonly body: Uint8Array;
}

export type MessageHandler = (message: Delivered) => Promise<unknown>;

export interface HandlingOptions {
  readonly codec: Codec;
  readonly handlerOf: (subject: string) => MessageHandler | undefined;
  readonly letters: DeadLetters;
  readonly real: RealTime;
  readonly log: Log;
  /** Waits between tries; one more try than entries. */
  readonly backoffMs: readonly number[];
  /** A handler that takes longer counts as failed. */
  readonly handlerLimitMs: number;
}

type Attempt =
  | { readonly kind: 'done' }
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'retry';
      readonly afterMs?: number;
      /** What it is a dead letter for when no try is left. */
      readonly reason: LetterReason;
      readonly detail: string;
      readonly outage: boolean;
    }
  | { readonly kind: 'dead'; readonly reason: LetterReason; readonly detail: string };

interface Working {
  readonly since: number;
  readonly fail: (error: Error) => void;
}

const LOOK_MS = 1_000;

class HandlerTooSlow extends Error {
  override readonly name = 'HandlerTooSlow';
  readonly code = 'handler-too-slow';
}

const meter = metrics.getMeter('@managed-os/event-bus');
const handled = meter.createCounter('mos.bus.handled');
const redeliveries = meter.createCounter('mos.bus.redeliveries');
const unknownTypes = meter.createCounter('mos.bus.unknown_types');
const deadLetters = meter.createCounter('mos.bus.dead_letters');

/** What one message leads to: it is handled, or a dead letter holds it, or it is abandoned to whoever reads next. */
export class Handling {
  /** Handlers at work, looked through from time to time: a timer for each would cost more than most handlers. */
  private readonly working = new Set<Working>();
  private readonly abandoned = new AbortController();
  private watching = false;

  constructor(private readonly options: HandlingOptions) {}

  /** Waits no longer for handlers that do not answer, so that the process can end. */
  abandon(): void {
    this.abandoned.abort();
  }

  /**
   * Resolves `true` when the message may be acknowledged: what it led to is committed. `false`: abandoned, because
   * `signal` says that it is not ours any more. Tries wait in place, so the later messages of the Mac wait too.
   */
  async handle(message: Incoming, parked: Set<string>, signal: AbortSignal, rest: Rest): Promise<boolean> {
    const { backoffMs, letters, log, real } = this.options;
    const sleep = (millis: number): Promise<void> => rest(() => real.sleep(millis, signal));
    let tries = 0;
    while (!signal.aborted) {
      try {
        if (parked.has(message.token)) {
          if (await letters.follow(letterOf(message, 'follows', 'an earlier message of the same token waits', 0)))
            return true;
          parked.delete(message.token);
        }
        // Its letter may have been settled since, when only its acknowledgement was lost.
        if (message.deliveries > 1 && (await letters.isDiscarded(message.stream, messageIdOf(message)))) return true;
        const attempt = await this.attempt(message, message.deliveries + tries);
        if (attempt.kind === 'done' || attempt.kind === 'unknown') return true;
        if (signal.aborted) return false;
        if (attempt.kind === 'retry' && attempt.outage) {
          await sleep(backoffMs.at(Math.min(tries, 3)) ?? 1_000);
          continue;
        }
        tries += 1;
        const wait = backoffMs[tries - 1];
        if (attempt.kind === 'retry' && wait !== undefined) {
          redeliveries.add(1, { stream: message.stream });
          log.warn({ ...nameOf(message), tries, detail: attempt.detail }, 'message not handled yet, trying again');
          await sleep(attempt.afterMs ?? wait);
          continue;
        }
        // A letter that cannot be stored is an outage; then the handler is tried again, for the outage may be the reason.
        tries = Math.min(tries, backoffMs.length + 1);
        await letters.park(letterOf(message, attempt.reason, attempt.detail, tries));
        parked.add(message.token);
        deadLetters.add(1, { stream: message.stream });
        log.error(
          { ...nameOf(message), tries, detail: attempt.detail },
          'dead letter: its token is parked until an operator decides',
        );
        return true;
      } catch (error) {
        log.warn({ ...nameOf(message), error }, 'dead letters cannot be stored, trying again');
        await sleep(1_000);
      }
    }
    return false;
  }

  /** One go at a message. Never rejects. */
  async attempt(message: Incoming, deliveries: number): Promise<Attempt> {
    const handler = this.options.handlerOf(message.subject);
    let envelope: Envelope | undefined;
    try {
      envelope = handler && fromMessage(message.headers, message.body, this.options.codec);
    } catch (error) {
      return error instanceof UnreadableEvent
        ? { kind: 'dead', reason: 'unreadable', detail: describe(error) }
        : { kind: 'retry', reason: reasonOf(error), detail: describe(error), outage: false };
    }
    if (!envelope || !handler) {
      unknownTypes.add(1, { stream: message.stream });
      return { kind: 'unknown' };
    }
    try {
      const settlement = await this.run(handler, message, { ...envelope, sequence: message.sequence, deliveries });
      handled.add(1, { stream: message.stream });
      return toAttempt(settlement);
    } catch (error) {
      return { kind: 'retry', reason: reasonOf(error), detail: describe(error), outage: isOutage(error) };
    }
  }

  private async run(handler: MessageHandler, message: Incoming, delivered: Delivered): Promise<Settlement> {
    const values = { correlationId: delivered.correlationId, messageId: delivered.id };
    const result = await new Promise<unknown>((resolve, reject) => {
      const working: Working = { since: this.options.real.elapsed(), fail: reject };
      this.working.add(working);
      const begin = async () => inMessage(message.headers, message.subject, values, () => handler(delivered));
      begin()
        .then(resolve, reject)
        .finally(() => this.working.delete(working));
      if (!this.watching) void this.watch();
    });
    if (!isSettlement(result)) throw new TypeError('the handler returned no settlement');
    return result;
  }

  private async watch(): Promise<void> {
    const { handlerLimitMs, real } = this.options;
    this.watching = true;
    while (this.working.size > 0 && !this.abandoned.signal.aborted) {
      await real.sleep(Math.min(handlerLimitMs, LOOK_MS), this.abandoned.signal);
      for (const { since, fail } of this.working) {
        if (real.elapsed() - since >= handlerLimitMs) fail(new HandlerTooSlow(`no answer after ${handlerLimitMs} ms`));
      }
    }
    this.watching = false;
  }
}

/** A newer version, of the message or of what the handler read, is tried again too: a newer replica may take over. */
const reasonOf = (error: unknown): LetterReason => (error instanceof UnknownVersion ? 'unknown-version' : 'exhausted');

const toAttempt = (settlement: Settlement): Attempt => {
  switch (settlement.kind) {
    case 'done':
      return { kind: 'done' };
    case 'retry':
      return { ...settlement, reason: 'exhausted', detail: 'the handler asked for another try', outage: false };
    case 'dead':
      return { kind: 'dead', reason: 'refused', detail: settlement.reason };
  }
};

/** The id under which a message is known; made of its place when it does not say one that can be kept. */
export const messageIdOf = ({
  headers,
  stream,
  sequence,
}: Pick<Incoming, 'headers' | 'stream' | 'sequence'>): string => {
  const id = attribute(headers, 'id');
  return id !== undefined && /^[^\0]{1,200}$/.test(id) ? id : reactionId(stream, String(sequence));
};

const letterOf = (message: Incoming, reason: LetterReason, detail: string, tries: number): NewLetter => ({
  stream: message.stream,
  token: message.token,
  messageId: messageIdOf(message),
  sequence: message.sequence,
  subject: message.subject,
  headers: Object.fromEntries((message.headers?.keys() ?? []).map((key) => [key, message.headers?.get(key) ?? ''])),
  body: message.body,
  reason,
  detail,
  tries,
});

const nameOf = (message: Incoming) => ({
  stream: message.stream,
  sequence: String(message.sequence),
  subject: message.subject,
  messageId: messageIdOf(message),
});

/** An error with its causes, for an operator. */
export const describe = (error: unknown, depth = 0): string => {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? ` [${String(error.code)}]` : '';
  const cause = error.cause !== undefined && depth < 5 ? `; because ${describe(error.cause, depth + 1)}` : '';
  return `${error.name}${code}: ${error.message}${cause}`;
};

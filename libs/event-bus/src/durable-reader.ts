import type { Log } from '@managed-os/event-store';
import type { RealTime } from '@managed-os/kernel';
import {
  type ConsumerInfo,
  type ConsumerMessages,
  jetstream,
  JetStreamApiError,
  jetstreamManager,
  type JetStreamManager,
  type JsMsg,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { DeadLetters } from './dead-letters.js';
import { CONSUMER_NOT_FOUND, type DurableOptions, ensureDurable, GROUP } from './durable.js';
import { type Handling, type Incoming, messageIdOf } from './handling.js';
import type { Lanes, Rest } from './lanes.js';
import { onReconnect } from './on-reconnect.js';
import { resume } from './passed-over.js';
import { matches, parseSubject } from './patterns.js';
import { STREAM_NOT_FOUND } from './streams.js';

export interface DurableReaderOptions extends DurableOptions {
  readonly connection: NatsConnection;
  readonly handling: Handling;
  readonly lanes: Lanes;
  readonly letters: DeadLetters;
  readonly real: RealTime;
  readonly log: Log;
}

/** Whose messages wait for an operator, and which messages one has discarded. */
interface Letters {
  readonly parked: Set<string>;
  readonly discarded: Set<string>;
}

/** From one take-over to the next. */
interface Term {
  readonly ended: AbortController;
  /** Rejects when the take-over failed. */
  readonly letters: Promise<Letters>;
  readonly inHand: Map<number, JsMsg>;
}

/** Pulls end and are asked for again so often; the server takes that as a sign of life of the pinned reader. */
const PULL_MS = 1_500;
const PULL = 500;
const RETRY_MS = 1_000;

const isMissing = (error: unknown): boolean =>
  error instanceof JetStreamApiError && (error.code === STREAM_NOT_FOUND || error.code === CONSUMER_NOT_FOUND);

/**
 * Reads one durable. The server pins one reader of it; the others stand by. Whoever finds that a delivery does not
 * directly follow the last one it got (a new pin, a restart, a lost connection: others hold or held messages before it)
 * takes over: it resets the durable to its acknowledgement floor (see `resume`), so that everything that is not acknowledged
 * comes again, in order. Without that, messages of a dead reader would come back after `ack_wait` behind newer ones of the
 * same Mac. What was handled already meets its own `once`.
 */
export class DurableReader {
  private readonly closing = new AbortController();
  private term: Term | undefined;
  /** The delivery that must come next; `undefined`: none does, take over first. */
  private expected: number | undefined;
  /** Counts the calls of `consume`: what an earlier one left unfinished concerns nobody any more. */
  private round = 0;
  /** The round in which a take-over is under way. */
  private takingOver: number | undefined;
  private pinned = false;
  private messages: ConsumerMessages | undefined;
  private jsm: Promise<JetStreamManager> | undefined;
  private running: Promise<unknown> = Promise.resolve();
  private readonly handled: JsMsg[] = [];
  private acknowledging: Promise<void> = Promise.resolve();

  constructor(private readonly options: DurableReaderOptions) {}

  start(): void {
    const { connection } = this.options;
    this.running = Promise.all([
      this.run(),
      this.heartbeat(),
      // Deliveries and acknowledgements may have got lost on the way.
      onReconnect(connection, this.closing.signal, () => (this.pinned ? void this.takeOver() : this.endTerm())),
    ]);
  }

  /** Asks for nothing more and gives up what no handler has begun; what runs may finish and is acknowledged. */
  stopPulling(): void {
    this.closing.abort();
    this.endTerm();
    void this.messages?.close();
  }

  /** After `stopPulling`, when the handlers are done: lets another reader follow at once. */
  async close(): Promise<void> {
    await this.running;
    await this.acknowledging;
    if (this.pinned && !this.options.connection.isClosed()) await this.unpin();
  }

  /**
   * Everything that the stream still holds comes again, in order; what was handled meets its own `once`. What is just being
   * acknowledged may be left out: that is known. Answers the stream.
   */
  async reread(): Promise<string> {
    const { durable, stream } = this.options;
    const jsm = await this.manager();
    try {
      // Whoever is pinned finds that the deliveries begin anew, and takes over.
      await jsm.consumers.reset(stream, durable, 1);
    } catch (error) {
      // Who has read nothing has nothing to read again.
      if (!isMissing(error)) throw error;
    }
    return stream;
  }

  /** Whether everything that is in the stream is handled. For tests. */
  async caughtUp(): Promise<boolean> {
    const { stream, durable, filter } = this.options;
    const jsm = await this.manager();
    // Asked of the stream first: in a cluster the durable's own node may not have the newest messages yet.
    const last = await jsm.streams.getMessage(stream, { last_by_subj: filter }).catch(() => null);
    const info = await jsm.consumers.info(stream, durable).catch(() => undefined);
    return info?.num_pending === 0 && info.num_ack_pending === 0 && info.delivered.stream_seq >= (last?.seq ?? 0);
  }

  private async run(): Promise<void> {
    const { log, real, stream } = this.options;
    let told = '';
    while (!this.closing.signal.aborted) {
      try {
        const durable = await ensureDurable(await this.manager(), this.options);
        told = '';
        await this.consume(durable);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (reason !== told && !this.closing.signal.aborted) {
          if (error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND)
            log.info({ stream }, 'not reading yet: the service that owns the stream has not made it');
          else log.warn({ error, stream }, 'not reading yet, trying again');
        }
        told = reason;
      }
      this.endTerm();
      await real.sleep(RETRY_MS, this.closing.signal);
    }
  }

  /** Until the durable or its stream is gone, or this reader closes. */
  private async consume(durable: ConsumerInfo): Promise<void> {
    this.round += 1;
    const consumer = jetstream(this.options.connection).consumers.getConsumerFromInfo(durable);
    // Nobody asks: if a reader is pinned it is dead, and what it had in hand need not wait.
    const deserted = durable.num_waiting === 0;
    if (deserted) await this.begin();
    if (this.closing.signal.aborted) return;
    const messages = (this.messages = await consumer.consume({
      max_messages: PULL,
      expires: PULL_MS,
      group: GROUP,
      abort_on_missing_resource: true,
      callback: (message) => this.receive(message),
    }));
    // Closed meanwhile, when there was nothing to close yet.
    if (this.closing.signal.aborted) void messages.close();
    const watching = this.watch(messages);
    const error = await messages.closed();
    await watching;
    if (error) throw error;
  }

  /**
   * As a take-over, of a durable that nobody reads. Before the first pull: what it brought before the reset would come a
   * second time after it, and be handled twice without need.
   */
  private async begin(): Promise<void> {
    await this.unpin();
    const letters = await this.resetAndRead();
    this.expected = 1;
    this.term = { ended: new AbortController(), letters: Promise.resolve(letters), inHand: new Map() };
  }

  private async watch(messages: ConsumerMessages): Promise<void> {
    for await (const { type } of messages.status()) {
      if (type === 'consumer_pinned') this.pinned = true;
      if (type === 'consumer_unpinned') {
        this.pinned = false;
        this.endTerm();
      }
      if (type === 'consumer_deleted' || type === 'stream_not_found') void messages.close();
    }
  }

  private receive(message: JsMsg): void {
    if (message.info.deliverySequence === this.expected) {
      this.expected += 1;
      this.take(message);
    } else if (this.takingOver !== this.round) void this.takeOver();
  }

  /** Everything unacknowledged comes again after this, from delivery 1 on; what comes until then is passed over. */
  private async takeOver(): Promise<void> {
    const { log, real, stream } = this.options;
    const { round } = this;
    this.endTerm();
    if (this.takingOver === round) return;
    this.takingOver = round;
    while (!this.closing.signal.aborted && this.round === round) {
      try {
        this.expected = 1;
        this.term = { ended: new AbortController(), letters: this.resetAndRead(), inHand: new Map() };
        await this.term.letters;
        break;
      } catch (error) {
        if (this.round === round) this.endTerm();
        log.warn({ error, stream }, 'taking over failed, trying again');
        await real.sleep(RETRY_MS, this.closing.signal);
      }
    }
    if (this.takingOver === round) this.takingOver = undefined;
  }

  /**
   * Letters are read after the reset, not before: a reader before this one may still be at work on a message. Either it
   * parks it and acknowledges it before the reset, then its letter is seen here; or the message comes again.
   */
  private async resetAndRead(): Promise<Letters> {
    const { letters, stream } = this.options;
    await resume(await this.manager(), this.options);
    const [parked, discarded] = [await letters.parked(stream), await letters.discarded(stream)];
    return { parked, discarded };
  }

  private endTerm(): void {
    this.expected = undefined;
    this.term?.ended.abort();
    this.term = undefined;
  }

  private take(message: JsMsg): void {
    const { lanes, patterns, stream } = this.options;
    const term = this.term;
    if (!term || term.inHand.has(message.seq)) return;
    if (!patterns.some((pattern) => matches(pattern, message.subject))) return void this.passOver(message, term);
    const incoming: Incoming = {
      stream,
      token: parseSubject(message.subject)?.token ?? message.subject,
      subject: message.subject,
      sequence: BigInt(message.seq),
      deliveries: message.info.deliveryCount,
      headers: message.headers,
      body: message.data,
    };
    term.inHand.set(message.seq, message);
    lanes.add(incoming.token, async (rest) => {
      // Acknowledged even when the term has ended: what it led to is committed.
      if (await this.handle(incoming, term, rest)) this.acknowledge(message);
      term.inHand.delete(message.seq);
    });
  }

  /** Once it is noted with the durable that it does so, and while the durable is its own. */
  private async passOver(message: JsMsg, { ended, letters }: Term): Promise<void> {
    if ((await letters.catch(() => undefined)) && !ended.signal.aborted) this.acknowledge(message);
  }

  private async handle(message: Incoming, { letters, ended }: Term, rest: Rest): Promise<boolean> {
    const known = await letters.catch(() => undefined);
    if (!known) return false;
    if (known.discarded.has(messageIdOf(message))) return true;
    return this.options.handling.handle(message, known.parked, ended.signal, rest);
  }

  /** What is handled within a millisecond is acknowledged in one write to the socket, not in one each. */
  private acknowledge(message: JsMsg): void {
    this.handled.push(message);
    if (this.handled.length > 1) return;
    this.acknowledging = this.options.real.sleep(1).then(() => {
      for (const each of this.handled.splice(0)) this.say(() => each.ack());
    });
  }

  private manager(): Promise<JetStreamManager> {
    return (this.jsm ??= jetstreamManager(this.options.connection, { checkAPI: false }));
  }

  /** Best effort: otherwise the pin ends by itself. */
  private async unpin(): Promise<void> {
    const { stream, durable } = this.options;
    await (await this.manager()).consumers.unpin(stream, durable, GROUP).catch(() => undefined);
  }

  /** The server takes what is in hand, queued or running, for alive. What a standby knows grows old. */
  private async heartbeat(): Promise<void> {
    const { ackWaitMs, real } = this.options;
    while (!this.closing.signal.aborted) {
      await real.sleep(ackWaitMs / 3, this.closing.signal);
      if (!this.pinned && this.takingOver !== this.round) this.endTerm();
      for (const message of this.term?.inHand.values() ?? []) this.say(() => message.working());
    }
  }

  /** A connection that is closed for good says nothing more; what it would have said of comes again, to somebody else. */
  private say(word: () => void): void {
    const { connection } = this.options;
    if (!connection.isClosed() && !connection.isDraining()) word();
  }
}

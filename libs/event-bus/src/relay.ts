import type { AnyEvent, Context } from '@managed-os/contracts';
import type { Log, PgEventStore, StoredEvent } from '@managed-os/event-store';
import type { RealTime } from '@managed-os/kernel';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { metrics } from '@opentelemetry/api';
import type pg from 'pg';
import { isPublic, storedToMessage } from './cloud-event.js';
import { onReconnect } from './on-reconnect.js';
import { batches, publishAtomic, PublishRefused, WRONG_LAST_SEQUENCE } from './publish-atomic.js';
import { type Note, reconcile, type RefusalReason } from './reconcile.js';
import { RelayNote } from './relay-note.js';
import { type Reseeded, reseed, ReseedUnderWay } from './reseed.js';
import { readTail } from './stream-tail.js';
import { ensureStream, streamOf, StreamRefused } from './streams.js';
import { busDatabase } from './tables.js';

/** Stream and store are not of one history; going on would lose or repeat events silently. */
export class ReseedNeeded extends Error {
  override readonly name = 'ReseedNeeded';
  readonly code = 'reseed-needed';

  constructor(
    readonly context: string,
    readonly reason: RefusalReason,
  ) {
    super(
      `stream ${streamOf(context)} does not fit the event store (${reason}); nothing is published until \`mos bus reseed ${context}\``,
    );
  }
}

export type RelayStore = Pick<
  PgEventStore<AnyEvent>,
  'readEvents' | 'changed' | 'epoch' | 'beginEpoch' | 'lastPosition' | 'lease'
>;

export interface RelayOptions {
  readonly connection: NatsConnection;
  readonly store: RelayStore;
  readonly context: Pick<Context, 'name'>;
  /** The service's pool, as the service's role; its search path names the schema. */
  readonly pool: pg.Pool;
  readonly real: RealTime;
  readonly log: Log;
  /** Copies of the stream in a cluster. */
  readonly replicas?: number;
}

/** How a context's relay is, as this process knows it. */
export interface RelayStatus {
  readonly stream: string;
  readonly state: 'relaying' | 'standing-by' | 'refusing' | 'unreachable';
  readonly epoch: string;
  /** Everything up to here is in the stream … */
  readonly position: bigint;
  /** … of a log that ends here. */
  readonly lastPosition: bigint;
  /** The stream's last sequence then. */
  readonly sequence: bigint;
  /** Why it refuses, and what an operator can do. */
  readonly refusal?: { readonly reason: RefusalReason; readonly detail: string };
}

const BATCH = 500;
const RETRY_MS = 500;
/** How long a relay that was overtaken watches the other one; a standstill of that length makes it go on itself. */
const STANDBY_MS = 1_500;
/** Between two looks at a stream that does not fit: somebody may have reseeded it. */
const REFUSED_MS = 10_000;

const published = metrics.getMeter('@managed-os/event-bus').createCounter('mos.relay.published');

/**
 * Carries a context's public events from its store to its stream, in position order, each at least once and, since the
 * stream is its checkpoint, in practice once: a batch goes in only behind the message that it follows. Any number may run
 * at once: one publishes, the others stand by.
 */
export class Relay {
  private readonly stream: string;
  private readonly notes: RelayNote;
  private readonly closing = new AbortController();
  /** Aborted to look at once: the store may have changed, or the stream lost its tail. */
  private waiting = new AbortController();
  private note: Note | undefined;
  private source = '';
  private standby: bigint | undefined;
  private ahead: { readonly after: bigint; readonly events: Promise<readonly StoredEvent[]> } | undefined;
  private noting: Promise<void> = Promise.resolve();
  private running: Promise<unknown> = Promise.resolve();
  private idle = false;
  private refused: ReseedNeeded | undefined;

  constructor(private readonly options: RelayOptions) {
    this.stream = streamOf(options.context.name);
    this.notes = new RelayNote(busDatabase(options.pool), this.stream);
  }

  /**
   * Compares store and stream, then relays until `stop`. When they do not fit (`ReseedNeeded` in the log) nothing is
   * published until an operator reseeds; while the server cannot be reached it goes on trying. Rejects with `StreamRefused`
   * when the server does not take the stream.
   */
  async start(): Promise<void> {
    try {
      this.note = await this.look();
    } catch (error) {
      if (error instanceof StreamRefused) throw error;
      this.complain(error, 'relay cannot look at its stream yet');
    }
    this.running = Promise.all([
      this.run(),
      // A server that comes back may have lost its tail.
      onReconnect(this.options.connection, this.closing.signal, () => this.lookAgain()),
    ]);
  }

  /** Lets the batch in hand be answered, then stops. Doing it again changes nothing. */
  async stop(): Promise<void> {
    this.closing.abort();
    this.waiting.abort();
    await this.running;
    await this.noting;
  }

  /** Any replica may be asked; a standby's knowledge is a second or two old. Rejects while the store cannot be reached. */
  async status(): Promise<RelayStatus> {
    const { store } = this.options;
    const { refused, standby, stream } = this;
    const [noted, lastPosition, epoch] = [await this.notes.read(), await store.lastPosition(), await store.epoch()];
    const { position: carried, sequence } = this.note ?? noted;
    // What lies behind the last event are messages of the inbox, which no relay carries.
    const position = (await store.readEvents(carried, 1)).length > 0 ? carried : lastPosition;
    const going = standby === undefined ? 'relaying' : 'standing-by';
    const state = refused ? 'refusing' : this.note ? going : 'unreachable';
    const refusal = refused && { reason: refused.reason, detail: refused.message };
    return { stream, state, epoch, position, lastPosition, sequence, ...(refusal && { refusal }) };
  }

  /**
   * Publishes the store's events again behind what the stream holds no longer or should not hold: for a stream that was
   * lost or emptied, or one of another history (an older dump of the store was restored, which begins a new epoch).
   * Everything of contexts that stay on the bus for ever, the retention's worth of the others. Consumers know what they
   * handled by its id. `reread` has the service read again what others published, when its store is of another life. Throws
   * `NothingToReseed` when store and stream fit, `ReseedUnderWay` while another one does it. May be repeated after a crash
   * at any point.
   */
  async reseed(reread: () => Promise<unknown>): Promise<Reseeded> {
    const { connection, context, real, replicas, store } = this.options;
    const lease = await store.lease(`reseed ${this.stream}`);
    if (!lease) throw new ReseedUnderWay(context.name);
    try {
      const jsm = await jetstreamManager(connection, { checkAPI: false });
      return await reseed({
        ...{ context: context.name, jsm, store, notes: this.notes, now: real.now() },
        reconciled: () => this.compare(),
        reread,
        ensure: () => ensureStream(jsm, context.name, replicas),
      });
    } finally {
      await lease.release();
      this.lookAgain();
    }
  }

  /** Resolves when all that was in the store at the call is in the stream. For tests. */
  async caughtUp(): Promise<void> {
    const { store, real } = this.options;
    for (;;) {
      const rest = this.note && (await store.readEvents(this.note.position, 1));
      if (rest?.length === 0 && this.idle) return;
      await real.sleep(5);
    }
  }

  private lookAgain(): void {
    this.note = undefined;
    this.waiting.abort();
  }

  private async run(): Promise<void> {
    const { real } = this.options;
    while (!this.closing.signal.aborted) {
      try {
        this.note ??= await this.look();
        if (this.standby === undefined) await this.relayOnce();
        else await this.standBy(this.standby);
      } catch (error) {
        this.note = undefined;
        if (error instanceof PublishRefused && error.code === WRONG_LAST_SEQUENCE) {
          // Another relay is alive, or an answer of the server's got lost: look again before anything else.
          this.standby = -1n;
          continue;
        }
        this.complain(error, 'relaying failed, trying again');
        this.waiting = new AbortController();
        const pause = isRefusal(error) ? REFUSED_MS : RETRY_MS;
        await real.sleep(pause, AbortSignal.any([this.closing.signal, this.waiting.signal]));
      }
    }
  }

  private async relayOnce(): Promise<void> {
    const { store } = this.options;
    const note = this.note;
    if (!note) return;
    const waiting = (this.waiting = new AbortController());
    if (this.closing.signal.aborted) return;
    // Asked for before reading, so that an append in between is heard.
    const changed = store.changed(waiting.signal);
    const { ahead } = this;
    this.ahead = undefined;
    const events = await (ahead?.after === note.position ? ahead.events : store.readEvents(note.position, BATCH));
    const last = events.at(-1);
    if (!last) {
      this.idle = true;
      await changed;
      this.idle = false;
      return;
    }
    waiting.abort();
    if (events.length === BATCH) {
      // The next page is read while this one is published; a failure shows when it is wanted.
      this.ahead = { after: last.position, events: store.readEvents(last.position, BATCH) };
      this.ahead.events.catch(() => undefined);
    }
    let sequence = note.sequence;
    const messages = events.filter(({ type }) => isPublic(type)).map((event) => storedToMessage(event, this.source));
    for (const batch of batches(messages)) {
      sequence = await publishAtomic(this.options.connection, batch, sequence);
      published.add(batch.length, { stream: this.stream });
    }
    // A reconnect meanwhile means that the stream must be looked at again: then the note stays unset.
    const next = { ...note, position: last.position, sequence };
    if (this.note === note) this.note = next;
    await this.noting;
    this.noting = this.notes
      .advance(next)
      .catch((error: unknown) => this.options.log.warn({ error, stream: this.stream }, 'relay note not written'));
  }

  /** Goes on by itself when there is something to relay and the stream stood still since the last look. */
  private async standBy(seen: bigint): Promise<void> {
    const { store, real } = this.options;
    await real.sleep(STANDBY_MS, this.closing.signal);
    if (this.closing.signal.aborted) return;
    const note = (this.note = await this.look());
    const waiting = (await store.readEvents(note.position, 1)).length > 0;
    this.standby = waiting && note.sequence === seen ? undefined : note.sequence;
    this.idle = !waiting;
  }

  /** Throws `ReseedNeeded`. */
  private async look(): Promise<Note> {
    const { connection, context, log, replicas } = this.options;
    const found = await this.compare();
    if (found.kind === 'refuse') {
      this.refused = new ReseedNeeded(context.name, found.reason);
      throw this.refused;
    }
    this.refused = undefined;
    await ensureStream(await jetstreamManager(connection, { checkAPI: false }), context.name, replicas);
    if (found.how === 'behind') {
      log.warn({ stream: this.stream, found: found.note }, 'the stream lost its tail; publishing it again');
      await this.notes.rewind(found.note);
    }
    return found.note;
  }

  private async compare() {
    const { connection, store, context } = this.options;
    const jsm = await jetstreamManager(connection, { checkAPI: false });
    const [note, tail] = [await this.notes.read(), await readTail(jsm, context.name, store)];
    this.source = `mos://${context.name}/${await store.epoch()}`;
    const [stored] = tail?.last ? await store.readEvents(tail.last.position - 1n, 1) : [];
    const storedId = stored?.position === tail?.last?.position ? stored?.id : undefined;
    return reconcile(note, tail, this.source, storedId);
  }

  private complain(error: unknown, message: string): void {
    const { log } = this.options;
    if (error instanceof ReseedNeeded) log.error({ error, stream: this.stream }, error.message);
    else log.warn({ error, stream: this.stream }, message);
  }
}

const isRefusal = (error: unknown): boolean => error instanceof ReseedNeeded || error instanceof StreamRefused;

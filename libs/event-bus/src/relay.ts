import type { AnyEvent, Context } from '@managed-os/contracts';
import type { EventStore, Log, LogEntry } from '@managed-os/event-store';
import type { RealTime } from '@managed-os/kernel';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { metrics } from '@opentelemetry/api';
import type pg from 'pg';
import { attribute, isPublic, toMessage } from './cloud-event.js';
import { onReconnect } from './on-reconnect.js';
import { batches, publishAtomic, PublishRefused, WRONG_LAST_SEQUENCE } from './publish-atomic.js';
import { type Note, reconcile, type RefusalReason, type Tail } from './reconcile.js';
import { RelayNote } from './relay-note.js';
import { ensureStream, expires, streamInfo, streamOf, StreamRefused } from './streams.js';
import { busDatabase } from './tables.js';

/** Stream and store are not of one history; going on would lose or repeat events silently. */
export class ReseedNeeded extends Error {
  override readonly name = 'ReseedNeeded';
  readonly code = 'reseed-needed';

  constructor(
    readonly stream: string,
    readonly reason: RefusalReason,
  ) {
    super(
      `stream ${stream} does not fit the event store (${reason}); nothing is published until both are of one history again`,
    );
  }
}

export type RelayStore = Pick<EventStore<AnyEvent>, 'readLog' | 'changed' | 'epoch'>;

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

const BATCH = 500;
const RETRY_MS = 500;
/** How long a relay that was overtaken watches the other one; a standstill of that length makes it go on itself. */
const STANDBY_MS = 1_500;
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
  private standby: bigint | undefined;
  private ahead: { readonly after: bigint; readonly entries: Promise<readonly LogEntry[]> } | undefined;
  private noting: Promise<void> = Promise.resolve();
  private running: Promise<unknown> = Promise.resolve();
  private idle = false;
  private refused: ReseedNeeded | undefined;

  constructor(private readonly options: RelayOptions) {
    this.stream = streamOf(options.context.name);
    this.notes = new RelayNote(busDatabase(options.pool), this.stream);
  }

  /**
   * Compares store and stream, then relays until `stop`. Rejects with `ReseedNeeded` when they do not fit and with
   * `StreamRefused` when the server does not take the stream; while the server cannot be reached it goes on trying.
   */
  async start(): Promise<void> {
    try {
      this.note = await this.look();
    } catch (error) {
      if (isRefusal(error)) throw error;
      this.options.log.warn({ error, stream: this.stream }, 'relay cannot look at its stream yet');
    }
    this.running = Promise.all([
      this.run(),
      // A server that comes back may have lost its tail.
      onReconnect(this.options.connection, this.closing.signal, () => {
        this.note = undefined;
        this.waiting.abort();
      }),
    ]);
  }

  /** Lets the batch in hand be answered, then stops. Doing it again changes nothing. */
  async stop(): Promise<void> {
    this.closing.abort();
    this.waiting.abort();
    await this.running;
    await this.noting;
  }

  /** Why it does not relay at the moment; for readiness. */
  get refusal(): ReseedNeeded | undefined {
    return this.refused;
  }

  /** Resolves when all that was in the store at the call is in the stream. For tests. */
  async caughtUp(): Promise<void> {
    const { store, real } = this.options;
    for (;;) {
      const rest = this.note && (await store.readLog(this.note.position, 1));
      if (rest?.length === 0 && this.idle) return;
      await real.sleep(5);
    }
  }

  private async run(): Promise<void> {
    const { log, real } = this.options;
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
        log.warn({ error, stream: this.stream }, 'relaying failed, trying again');
        await real.sleep(isRefusal(error) ? REFUSED_MS : RETRY_MS, this.closing.signal);
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
    const entries = await (ahead?.after === note.position ? ahead.entries : store.readLog(note.position, BATCH));
    const last = entries.at(-1);
    if (!last) {
      this.idle = true;
      await changed;
      this.idle = false;
      return;
    }
    waiting.abort();
    if (entries.length === BATCH) {
      // The next page is read while this one is published; a failure shows when it is wanted.
      this.ahead = { after: last.position, entries: store.readLog(last.position, BATCH) };
      this.ahead.entries.catch(() => undefined);
    }
    let sequence = note.sequence;
    for (const batch of batches(
      entries
        .map(({ envelope }) => envelope)
        .filter(isPublic)
        .map(toMessage),
    )) {
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
    const waiting = (await store.readLog(note.position, 1)).length > 0;
    this.standby = waiting && note.sequence === seen ? undefined : note.sequence;
    this.idle = !waiting;
  }

  private async look(): Promise<Note> {
    const { connection, store, context, log } = this.options;
    const jsm = await jetstreamManager(connection, { checkAPI: false });
    const [note, tail] = [await this.notes.read(), await this.tail(jsm)];
    const source = `mos://${context.name}/${await store.epoch()}`;
    const [stored] = tail?.last ? await store.readLog(tail.last.position - 1n, 1) : [];
    const storedId = stored?.position === tail?.last?.position ? stored?.envelope.id : undefined;
    const found = reconcile(note, tail, source, storedId);
    if (found.kind === 'refuse') {
      this.refused = new ReseedNeeded(this.stream, found.reason);
      throw this.refused;
    }
    this.refused = undefined;
    await ensureStream(jsm, context.name, this.options.replicas);
    if (found.how === 'behind') {
      log.warn(
        { stream: this.stream, noted: note, found: found.note },
        'the stream lost its tail; publishing it again',
      );
      await this.notes.rewind(found.note);
    }
    return found.note;
  }

  private async tail(jsm: JetStreamManager): Promise<Tail | undefined> {
    const info = await streamInfo(jsm, this.stream);
    if (!info) return undefined;
    const tail = { lastSequence: BigInt(info.state.last_seq), expires: expires(this.options.context.name) };
    if (info.state.messages === 0) return tail;
    const last = await jsm.streams.getMessage(this.stream, { last_by_subj: `mos.${this.options.context.name}.>` });
    if (!last) return tail;
    return {
      ...tail,
      last: {
        sequence: BigInt(last.seq),
        position: BigInt(attribute(last.header, 'position') ?? 0),
        id: attribute(last.header, 'id') ?? '',
        source: attribute(last.header, 'source') ?? '',
      },
    };
  }
}

const isRefusal = (error: unknown): boolean => error instanceof ReseedNeeded || error instanceof StreamRefused;

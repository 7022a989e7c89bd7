import { type AnyEvent, codec, type Context, type Envelope } from '@managed-os/contracts';
import { type Decider, type Instant, instant, latest, type RealTime, SystemClock } from '@managed-os/kernel';
import { RefusedAppend } from '../errors.js';
import type { Append, AppendOutcome, EventStore, Loaded, LogEntry } from '../event-store.js';
import { prepare, type Prepared } from '../prepare.js';
import { decodeEnvelope, type StoredEvent, toEnvelope } from '../stored.js';

export interface MemoryEventStoreOptions<E extends AnyEvent> {
  readonly context: Context;
  readonly opens?: readonly E['type'][];
  readonly epoch?: string;
  /** For `recordedAt`. */
  readonly clockReal?: Pick<RealTime, 'now'>;
}

type Kept = { readonly event: StoredEvent } | { readonly consumer: string; readonly envelope: string | undefined };

interface Stream {
  readonly events: StoredEvent[];
  /** Index of the event at which a load starts. */
  open: number;
}

/** The event store in memory, for tests: passes the same contract as the one on PostgreSQL, encoding and refusals included. */
export class MemoryEventStore<E extends AnyEvent> implements EventStore<E> {
  /** The n-th entry has position n. */
  private readonly log: Kept[] = [];
  private readonly streams = new Map<string, Stream>();
  private readonly messages = new Set<string>();
  private readonly ids = new Set<string>();
  private readonly opens: ReadonlySet<string>;
  private readonly real: Pick<RealTime, 'now'>;
  private readonly life: string;
  private lastTime: Instant = instant(0);
  private readonly waiters = new Set<() => void>();

  constructor(private readonly options: MemoryEventStoreOptions<E>) {
    this.opens = new Set(options.opens);
    this.real = options.clockReal ?? new SystemClock().real;
    this.life = options.epoch ?? '00000000-0000-4000-8000-00000000e90c';
  }

  async append(append: Append<E>): Promise<AppendOutcome> {
    const prepared = prepare(append, this.options.context, this.opens, codec);
    if (prepared.events.length === 0 && !prepared.once) return { kind: 'done', revision: 0n };
    // As over a network: nobody sees the outcome, or a state in between, in the same turn.
    await Promise.resolve();
    return this.commit(prepared);
  }

  readStream(stream: string, from = 1n): Promise<readonly Envelope<E>[]> {
    const events = this.streams.get(stream)?.events ?? [];
    return Promise.resolve(events.slice(Math.max(0, Number(from) - 1)).map((event) => this.envelope(event)));
  }

  async load<S>(stream: string, decider: Pick<Decider<never, E, S, never>, 'initial' | 'evolve'>): Promise<Loaded<S>> {
    await Promise.resolve();
    const { events, open } = this.streams.get(stream) ?? { events: [], open: 0 };
    const state = events
      .slice(open)
      .reduce((s, event) => decider.evolve(s, this.envelope(event).data), decider.initial);
    return { state, revision: BigInt(events.length) };
  }

  readLog(after: bigint, limit: number, inboxes: readonly string[] = []): Promise<readonly LogEntry[]> {
    const entries: LogEntry[] = [];
    for (let index = Number(after); index < this.log.length && entries.length < limit; index++) {
      const kept = this.log[index];
      const position = BigInt(index + 1);
      if (!kept) break;
      if ('event' in kept) entries.push({ position, envelope: this.envelope(kept.event) });
      else if (kept.envelope && inboxes.includes(kept.consumer)) {
        entries.push({ position, envelope: decodeEnvelope(kept.envelope, codec), inbox: kept.consumer });
      }
    }
    return Promise.resolve(entries);
  }

  /** Hears of every append, so it waits for nothing else. */
  changed(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.waiters.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.waiters.add(wake);
      signal?.addEventListener('abort', wake);
    });
  }

  epoch(): Promise<string> {
    return Promise.resolve(this.life);
  }

  lastPosition(): Promise<bigint> {
    return Promise.resolve(BigInt(this.log.length));
  }

  archivedTo(): Promise<bigint> {
    return Promise.resolve(0n);
  }

  private commit({ stream, expected, events, once, time, metadata }: Prepared): AppendOutcome {
    const message = once && `${once.consumer} ${once.messageId}`;
    if (message !== undefined && this.messages.has(message)) return { kind: 'duplicate' };
    const head = this.streams.get(stream) ?? { events: [], open: 0 };
    if (events.length > 0 && expected !== null && expected !== BigInt(head.events.length)) return { kind: 'conflict' };
    if (events.some((event) => this.ids.has(event.id))) throw new RefusedAppend(stream, 'id-taken');

    this.lastTime = latest(this.lastTime, time);
    if (message !== undefined) this.messages.add(message);
    if (once) this.log.push({ consumer: once.consumer, envelope: once.envelope });
    if (events.length > 0) this.streams.set(stream, head);
    for (const { id, type, data, opens } of events) {
      this.ids.add(id);
      if (opens) head.open = head.events.length;
      const event: StoredEvent = {
        position: BigInt(this.log.length + 1),
        revision: BigInt(head.events.length + 1),
        time: this.lastTime,
        recordedAt: this.real.now(),
        ...{ stream, id, type, metadata, data },
      };
      head.events.push(event);
      this.log.push({ event });
    }
    for (const wake of [...this.waiters]) wake();
    return { kind: 'done', revision: events.length > 0 ? BigInt(head.events.length) : 0n };
  }

  private envelope(event: StoredEvent): Envelope<E> {
    return toEnvelope(event, `mos://${this.options.context.name}/${this.life}`, codec) as Envelope<E>;
  }
}

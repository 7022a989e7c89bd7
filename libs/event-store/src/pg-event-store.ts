import { type AnyEvent, type Codec, codec, type Context, type Envelope } from '@managed-os/contracts';
import type { Decider, RealTime } from '@managed-os/kernel';
import { metrics } from '@opentelemetry/api';
import type pg from 'pg';
import { Changes } from './changes.js';
import { withSettings } from './connection.js';
import { StoreClosed, StreamArchived } from './errors.js';
import type { Append, AppendOutcome, EventStore, Loaded, LogEntry } from './event-store.js';
import { GroupCommit } from './group-commit.js';
import { groupLoad, LOADS_IN_FLIGHT } from './group-load.js';
import { type Lease, Leases } from './leases.js';
import type { Log } from './log.js';
import { boundsOf } from './log-bounds.js';
import { type StoredEntry, toEntries } from './log-entries.js';
import { openPool } from './pg-client.js';
import { appendBatch, blames, toAppendError } from './pg-append.js';
import { EVENT_COLUMNS, type EventRow, queryRows, toStored } from './pg-read.js';
import { prepare, type Prepared } from './prepare.js';
import { type StoredEvent, toEnvelope } from './stored.js';
import { type Verification, verify, type VerifyOptions } from './verify.js';

export interface PgEventStoreOptions<E extends AnyEvent> {
  /** As the service's role. */
  readonly databaseUrl: string;
  readonly schema: string;
  readonly context: Context;
  /** Events that carry all that what follows them needs: a load starts at the last one. */
  readonly opens?: readonly E['type'][];
  readonly clockReal: RealTime;
  /** The contract that it writes and reads by; this version's. */
  readonly codec?: Codec;
  readonly log?: Log;
  /** Connections for reading the log; loads of streams have their own. */
  readonly readers?: number;
  /** A server that does not answer for so many milliseconds is treated as gone: the outcome is unknown. */
  readonly answerTimeout?: number;
}

const meter = metrics.getMeter('@managed-os/event-store');
const appendMillis = meter.createHistogram('mos.store.append', {
  unit: 'ms',
  description: 'From asking to the answer',
});
const batchSize = meter.createHistogram('mos.store.batch', { description: 'Appends that went out together' });

const BATCHES_IN_FLIGHT = 2;

/** A plan made while a table was young would scan it for ever. */
const APPEND_SETTINGS = {
  enable_seqscan: 'off',
  plan_cache_mode: 'force_generic_plan',
  synchronous_commit: 'on',
  default_transaction_isolation: 'read committed',
  lock_timeout: '10s',
  idle_in_transaction_session_timeout: '10s',
};

/** As above: each id, each head and each stream is looked up, and none of them in a scan. */
const LOOK_UP_SETTINGS = { enable_seqscan: 'off', plan_cache_mode: 'force_generic_plan' };

/** The event store of one service, in its schema of a PostgreSQL database that `migrate` prepared. */
export class PgEventStore<E extends AnyEvent> implements EventStore<E> {
  private readonly context: Context;
  private readonly codec: Codec;
  private readonly opens: ReadonlySet<string>;
  private readonly real: RealTime;
  private readonly pool: (settings: Readonly<Record<string, string>>, max: number) => pg.Pool;
  private readonly writers: pg.Pool;
  private readonly readers: pg.Pool;
  private readonly loaders: pg.Pool;
  private readonly loads: ReturnType<typeof groupLoad>;
  private readonly group: GroupCommit<Prepared, AppendOutcome>;
  private readonly changes: Changes;
  private readonly leases: Leases;
  /** As last heard of: `mos://<context>/<epoch>`. */
  private knownSource: string | undefined;
  private readonly closing = new AbortController();
  private readonly verifying = new Set<Promise<unknown>>();
  private closed: Promise<void> | undefined;

  constructor(options: PgEventStoreOptions<E>) {
    const { databaseUrl, schema, context, opens = [], clockReal, log, readers = 6, answerTimeout = 30_000 } = options;
    this.context = context;
    this.codec = options.codec ?? codec;
    this.opens = new Set(opens);
    this.real = clockReal;
    const url = withSettings(databaseUrl, { search_path: schema, timezone: 'UTC', datestyle: 'ISO' });
    this.pool = (settings, max) =>
      openPool({ connectionString: withSettings(url, settings), max, query_timeout: answerTimeout });
    this.writers = this.pool(APPEND_SETTINGS, BATCHES_IN_FLIGHT);
    this.readers = this.pool({}, readers);
    this.loaders = this.pool(LOOK_UP_SETTINGS, LOADS_IN_FLIGHT);
    this.loads = groupLoad(this.loaders);
    this.changes = new Changes(url, `events_${schema}`, clockReal, log);
    this.leases = new Leases(url);
    this.group = new GroupCommit({
      commit: (batch) => {
        batchSize.record(batch.length, { context: context.name });
        return appendBatch(this.writers, batch);
      },
      keysOf,
      weightOf: (append) => append.events.length,
      blames,
      largest: 256,
      heaviest: 2_000,
      inFlight: BATCHES_IN_FLIGHT,
    });
  }

  async append(append: Append<E>): Promise<AppendOutcome> {
    const prepared = prepare(append, this.context, this.opens, this.codec);
    if (prepared.events.length === 0 && !prepared.once) return { kind: 'done', revision: 0n };
    const started = this.real.elapsed();
    try {
      const outcome = await this.group.submit(prepared);
      appendMillis.record(this.real.elapsed() - started, { context: this.context.name, outcome: outcome.kind });
      return outcome;
    } catch (error) {
      throw error instanceof StoreClosed ? error : toAppendError(append.stream, error);
    }
  }

  async readStream(stream: string, from = 1n): Promise<readonly Envelope<E>[]> {
    const rows = await queryRows<EventRow>(
      this.readers,
      'read-stream',
      `select ${EVENT_COLUMNS} from events where stream = $1 and revision >= $2 order by revision`,
      [stream, String(from)],
    );
    return this.envelopes(rows.map(toStored));
  }

  async load<S>(stream: string, decider: Pick<Decider<never, E, S, never>, 'initial' | 'evolve'>): Promise<Loaded<S>> {
    const rows = await this.loads.get(stream);
    const [first] = rows;
    if (first && first[2] !== first[9]) throw new StreamArchived(stream);
    const history = await this.envelopes(rows.map(toStored));
    return {
      state: history.reduce((state, { data }) => decider.evolve(state, data), decider.initial),
      revision: history.at(-1)?.revision ?? 0n,
    };
  }

  async readLog(after: bigint, limit: number, inboxes: readonly string[] = []): Promise<readonly LogEntry[]> {
    const stored =
      inboxes.length === 0 ? await this.readEvents(after, limit) : await this.readMerged(after, limit, inboxes);
    return stored.length === 0 ? [] : toEntries(stored, await this.source(), this.codec);
  }

  /**
   * Own events after a position as they are stored, without decoding, of one stream or of all: for the relay, for
   * verification, for tools.
   */
  async readEvents(after: bigint, limit: number, stream?: string): Promise<readonly StoredEvent[]> {
    const rows =
      stream === undefined
        ? await queryRows<EventRow>(
            this.readers,
            'read-events',
            `select ${EVENT_COLUMNS} from events where position > $1 order by position limit $2`,
            [String(after), limit],
          )
        : await queryRows<EventRow>(
            this.readers,
            'read-stream-events',
            `select ${EVENT_COLUMNS} from events where stream = $3 and position > $1 order by revision limit $2`,
            [String(after), limit, stream],
          );
    return rows.map(toStored);
  }

  changed(signal?: AbortSignal): Promise<void> {
    return this.changes.next(signal);
  }

  async epoch(): Promise<string> {
    const [row] = await queryRows<[string]>(this.readers, 'epoch', 'select epoch from store', []);
    const epoch = row?.[0] ?? '';
    this.knownSource = `mos://${this.context.name}/${epoch}`;
    return epoch;
  }

  /**
   * Begins another life of the store and answers its name: for a store that was restored from an older dump, whose events
   * from then on are not those that were published before. What is stored stays as it is.
   */
  async beginEpoch(): Promise<string> {
    await queryRows(this.readers, 'begin-epoch', 'select begin_epoch()', []);
    return this.epoch();
  }

  async lastPosition(): Promise<bigint> {
    const [row] = await queryRows<[string]>(this.readers, 'last-position', 'select last_position from store', []);
    return BigInt(row?.[0] ?? 0);
  }

  async archivedTo(): Promise<bigint> {
    return (await boundsOf(this.readers)).archivedTo;
  }

  /** A lock of this process among all, by name; `undefined` while somebody holds it. */
  lease(name: string): Promise<Lease | undefined> {
    return this.leases.take(name);
  }

  /**
   * Recomputes every digest and holds the rest of the store against it, on a connection of its own; `verify.ts` says what it
   * finds and what it cannot. Repeated: the same again. Throws what aborted it: the signal's reason, or `StoreClosed`.
   */
  async verify({ progress, signal }: VerifyOptions = {}): Promise<Verification> {
    const pool = this.pool(LOOK_UP_SETTINGS, 1);
    const signals = signal ? [signal, this.closing.signal] : [this.closing.signal];
    const options = { ...(progress && { progress }), signal: AbortSignal.any(signals) };
    const verification = verify(pool, options).finally(() => pool.end());
    this.verifying.add(verification);
    return verification.finally(() => this.verifying.delete(verification));
  }

  /** Answers everything that was appended before, then lets go of every connection. Doing it again changes nothing. */
  close(): Promise<void> {
    this.closed ??= (async () => {
      this.closing.abort(new StoreClosed());
      await this.group.close();
      await Promise.allSettled(this.verifying);
      const pools = [this.writers, this.readers, this.loaders];
      await Promise.all([this.changes.close(), this.leases.close(), ...pools.map((pool) => pool.end())]);
    })();
    return this.closed;
  }

  private async envelopes(events: readonly StoredEvent[]): Promise<readonly Envelope<E>[]> {
    if (events.length === 0) return [];
    const source = await this.source();
    return events.map((event) => toEnvelope(event, source, this.codec) as Envelope<E>);
  }

  private async source(): Promise<string> {
    return this.knownSource ?? `mos://${this.context.name}/${await this.epoch()}`;
  }

  /** One statement, hence one snapshot: an event and a message between two others are seen together or not at all. */
  private async readMerged(after: bigint, limit: number, inboxes: readonly string[]): Promise<readonly StoredEntry[]> {
    type Row = readonly [...EventRow, consumer: string | null];
    const rows = await queryRows<Row>(
      this.readers,
      'read-merged',
      `(select ${EVENT_COLUMNS}, null as consumer from events where position > $1 order by position limit $2)
       union all
       (select position, '', 0, null, '', decided_at, recorded_at, null, envelope, consumer from inbox
        where position > $1 and envelope is not null and consumer = any($3) order by position limit $2)`,
      [String(after), limit, inboxes],
    );
    const stored = rows.map((row): StoredEntry => {
      const consumer = row[9];
      return consumer === null ? toStored(row) : { position: BigInt(row[0]), consumer, envelope: row[8] };
    });
    return stored.sort((a, b) => (a.position < b.position ? -1 : 1)).slice(0, limit);
  }
}

/** At most one append per stream in a batch, and at most one per message. */
const keysOf = ({ stream, events, once }: Prepared): readonly string[] => [
  ...(events.length > 0 ? [`stream ${stream}`] : []),
  ...(once ? [`message ${once.consumer} ${once.messageId}`] : []),
];

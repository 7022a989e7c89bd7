import { metrics } from '@opentelemetry/api';
import { type Kysely, sql, type Transaction } from 'kysely';
import { type Checkpoint, createCheckpoint, moveCheckpoint, readCheckpoint } from './checkpoint.js';
import type { EventStore, LogEntry } from './event-store.js';
import type { Log } from './log.js';
import type { Projection } from './projection.js';

export type LogReader = Pick<EventStore<never>, 'readLog' | 'lastPosition' | 'changed'>;

/** A handler threw: the transaction was rolled back, and the projection stays before that entry until it succeeds. */
export class ProjectionFailed extends Error {
  override readonly name = 'ProjectionFailed';
  readonly code = 'projection-failed';

  constructor(
    readonly projection: string,
    readonly position: bigint,
    readonly eventType: string,
    options: ErrorOptions,
  ) {
    super(`projection ${projection} failed at position ${position} (${eventType})`, options);
  }
}

const lag = metrics
  .getMeter('@managed-os/event-store')
  .createGauge('mos.projection.lag', { description: 'Positions between a projection and the end of the log' });

const PAGE = 500;

interface Page {
  readonly entries: readonly LogEntry[];
  /** There may be more behind it; otherwise it ends at the head that was known before it was read. */
  readonly more: boolean;
}

/** Folds the log into one read model. One at a time per projection; a second one is `Overtaken` and writes nothing. */
export class Projector {
  /** Where a handler last threw. */
  private failedAt = 0n;

  constructor(
    private readonly store: LogReader,
    private readonly db: Kysely<never>,
    private readonly projection: Projection,
    private readonly moved: (position: bigint) => void,
    private readonly log?: Log,
  ) {}

  /** Until `signal` aborts. Throws what stopped it; nothing of the transaction in hand is kept then. */
  async run(signal: AbortSignal): Promise<void> {
    let checkpoint = await this.open(signal);
    let head = 0n;
    let ahead: Promise<Page> | undefined;
    while (!signal.aborted) {
      if (head <= checkpoint.position) head = await this.awaitMore(checkpoint.position, signal);
      if (signal.aborted) return;
      const { entries, more } = await (ahead ?? this.read(checkpoint.position));
      const last = entries.at(-1)?.position ?? checkpoint.position;
      // What is not among the entries up to the head are other consumers' messages.
      const position = more || last > head ? last : head;
      ahead = more ? this.read(last) : undefined;
      ahead?.catch(() => undefined);
      checkpoint = await this.project(checkpoint, { ...checkpoint, position }, entries);
      this.moved(position);
      lag.record(head > position ? Number(head - position) : 0, { projection: this.projection.name });
    }
  }

  private async project(from: Checkpoint, to: Checkpoint, entries: readonly LogEntry[]): Promise<Checkpoint> {
    try {
      await this.db.transaction().execute(async (tx) => {
        await moveCheckpoint(tx, this.projection.name, from, to);
        for (const entry of entries) await this.handle(entry, tx);
      });
      return to;
    } catch (error) {
      if (error instanceof ProjectionFailed) this.failedAt = error.position;
      throw error;
    }
  }

  private async handle({ envelope, inbox, position }: LogEntry, tx: Transaction<never>): Promise<void> {
    const handlers = inbox === undefined ? this.projection.handlers : this.projection.inbox?.handlers;
    const name = envelope.data.type;
    const handler = handlers && Object.hasOwn(handlers, name) ? handlers[name] : undefined;
    if (handler === undefined || handler === 'ignored') return;
    try {
      await handler(envelope.data as never, tx, envelope as never);
    } catch (cause) {
      throw new ProjectionFailed(this.projection.name, position, envelope.type, { cause });
    }
  }

  /** Where the log ends, once that is after `position`. */
  private async awaitMore(position: bigint, signal: AbortSignal): Promise<bigint> {
    for (;;) {
      const changed = this.store.changed(signal);
      const head = await this.store.lastPosition();
      if (head > position || signal.aborted) return head;
      await changed;
    }
  }

  private async open(signal: AbortSignal): Promise<Checkpoint> {
    const { name, version } = this.projection;
    await createCheckpoint(this.db, name, version);
    const found = (await readCheckpoint(this.db, name)) ?? { version, position: 0n };
    return found.version === version ? found : this.rebuild(found, signal);
  }

  /** In one transaction: readers see the old rows until the new ones are complete. */
  private async rebuild(from: Checkpoint, signal: AbortSignal): Promise<Checkpoint> {
    const { name, version, tables } = this.projection;
    this.log?.info({ projection: name, from: from.version, to: version }, 'rebuilding a projection');
    return this.db.transaction().execute(async (tx) => {
      const head = await this.store.lastPosition();
      await moveCheckpoint(tx, name, from, { version, position: head });
      for (const table of tables.toReversed()) await sql`delete from ${sql.table(table)}`.execute(tx);
      for (let position = 0n; position < head;) {
        signal.throwIfAborted();
        const { entries, more } = await this.read(position);
        for (const entry of entries) if (entry.position <= head) await this.handle(entry, tx);
        position = more ? (entries.at(-1)?.position ?? head) : head;
      }
      this.log?.info({ projection: name, version, position: String(head) }, 'rebuilt a projection');
      return { version, position: head };
    });
  }

  private async read(after: bigint): Promise<Page> {
    const { inbox } = this.projection;
    const entries = await this.store.readLog(after, PAGE, inbox ? [inbox.consumer] : []);
    // What comes before an entry that fails is kept, and that entry is tried alone.
    const before = entries.filter((entry) => entry.position < this.failedAt);
    if (before.length > 0) return { entries: before, more: true };
    if (entries[0] && entries[0].position === this.failedAt) return { entries: entries.slice(0, 1), more: true };
    return { entries, more: entries.length === PAGE };
  }
}

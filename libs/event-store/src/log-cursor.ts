import { EntryUnreadable, LogArchived } from './errors.js';
import type { EventStore, LogEntry } from './event-store.js';
import { ProjectionFailed } from './fold.js';
import type { Projection } from './projection.js';

export type LogReader = Pick<EventStore<never>, 'readLog' | 'lastPosition' | 'archivedTo' | 'changed'>;

/** Entries of the log that concern one projection, in order. */
export interface Page {
  readonly entries: readonly LogEntry[];
  /** The log was read up to here; what lies between its entries and here concerns others. */
  readonly position: bigint;
  /** Where the log ended when this page was asked for, or later. */
  readonly head: bigint;
}

const PAGE = 1_000;

/** Reads the log from a position on, one page ahead of whoever folds it. */
export class LogCursor {
  private readonly inboxes: readonly string[];
  private head = 0n;
  private begun = false;
  private ahead: Promise<readonly LogEntry[]> | undefined;

  constructor(
    private readonly store: LogReader,
    private position: bigint,
    private readonly projection: Pick<Projection, 'name' | 'inbox'>,
  ) {
    this.inboxes = projection.inbox ? [projection.inbox.consumer] : [];
  }

  /**
   * The next page, or `undefined` at the end of the log. Throws `LogArchived` when what comes first is not there any more, and
   * `ProjectionFailed` when this version cannot read it.
   */
  async next(): Promise<Page | undefined> {
    if (!this.begun && this.position < (await this.store.archivedTo())) throw new LogArchived(this.position);
    this.begun = true;
    if (this.head <= this.position) this.head = await this.store.lastPosition();
    if (this.head <= this.position) return undefined;
    const { entries, whole } = await this.take();
    const last = entries.at(-1)?.position ?? this.position;
    const more = !whole || entries.length === PAGE;
    this.position = more || last > this.head ? last : this.head;
    // Only what was there before it is read is known to be in the page, whatever the head is when the page is taken.
    this.ahead = whole && more && this.head > this.position ? this.read() : undefined;
    this.ahead?.catch(() => undefined);
    return { entries, position: this.position, head: this.head };
  }

  /** Resolves when there may be a next page, or `signal` aborts. */
  async more(signal: AbortSignal): Promise<void> {
    const changed = this.store.changed(signal);
    this.head = await this.store.lastPosition();
    if (this.head <= this.position) await changed;
  }

  /** The page that comes next, or as much of it as can be read. */
  private async take(): Promise<{ readonly entries: readonly LogEntry[]; readonly whole: boolean }> {
    try {
      return { entries: await (this.ahead ?? this.read()), whole: true };
    } catch (error) {
      this.ahead = undefined;
      if (!(error instanceof EntryUnreadable)) throw error;
      const { before, cause, position, type } = error;
      if (before.length === 0) throw new ProjectionFailed(this.projection.name, position, type, { cause });
      return { entries: before, whole: false };
    }
  }

  private read(): Promise<readonly LogEntry[]> {
    return this.store.readLog(this.position, PAGE, this.inboxes);
  }
}

import { type Database, EVENT_COLUMNS, type EventRow, queryRows } from './pg-read.js';

/** An event's columns, and the revision that the load of its stream begins with. */
export type LoadRow = readonly [...EventRow, begins: string];

interface Asked {
  readonly stream: string;
  readonly resolve: (rows: readonly LoadRow[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Statements at once; whoever lends the connections has so many. */
export const LOADS_IN_FLIGHT = 2;
const LARGEST = 128;

/**
 * Reads what loads of streams need: their events from the last one that closed the books. Loads that are asked for while
 * others are read go out together as the next statement, as appends do: a statement for each costs Node more than its answer.
 */
export class GroupLoad {
  private waiting: Asked[] = [];
  private running = 0;
  private scheduled = false;

  constructor(private readonly database: Database) {}

  /** In the order of the stream; empty for a stream that does not exist. */
  rowsOf(stream: string): Promise<readonly LoadRow[]> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ stream, resolve, reject });
      this.schedule();
    });
  }

  /** In a microtask, so that what is asked for together goes out together. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      while (this.running < LOADS_IN_FLIGHT && this.waiting.length > 0) void this.send(this.waiting.splice(0, LARGEST));
    });
  }

  private async send(asked: readonly Asked[]): Promise<void> {
    this.running += 1;
    try {
      const found = await this.read([...new Set(asked.map(({ stream }) => stream))]);
      for (const { stream, resolve } of asked) resolve(found.get(stream) ?? []);
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
    this.running -= 1;
    if (this.waiting.length > 0) this.schedule();
  }

  private async read(streams: readonly string[]): Promise<ReadonlyMap<string, readonly LoadRow[]>> {
    const rows = await queryRows<LoadRow>(
      this.database,
      'load',
      // The position prunes the partitions that were full before the books were last closed.
      `select found.*, open_revision from unnest($1::text[]) as asked (name) join streams on streams.stream = name
         cross join lateral (select ${EVENT_COLUMNS} from events where events.stream = name
           and events.revision >= open_revision and events.position >= open_position) as found
         order by found.stream, found.revision`,
      [streams],
    );
    const found = new Map<string, LoadRow[]>();
    for (const row of rows) {
      const [, stream] = row;
      const earlier = found.get(stream);
      if (earlier) earlier.push(row);
      else found.set(stream, [row]);
    }
    return found;
  }
}

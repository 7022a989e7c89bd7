import { GroupRead } from './group-read.js';
import { type Database, EVENT_COLUMNS, type EventRow, queryRows } from './pg-read.js';

/** An event's columns, and the revision that the load of its stream begins with. */
export type LoadRow = readonly [...EventRow, begins: string];

/** Statements at once; whoever lends the connections has so many. */
export const LOADS_IN_FLIGHT = 2;
const LARGEST = 128;

/**
 * Reads what loads of streams need: their events from the last one that closed the books. In the order of the stream; empty
 * for a stream that does not exist.
 */
export const groupLoad = (database: Database): GroupRead<string, readonly LoadRow[]> =>
  new GroupRead({ read: (streams) => rowsOf(database, streams), inFlight: LOADS_IN_FLIGHT, largest: LARGEST });

const rowsOf = async (database: Database, streams: readonly string[]): Promise<readonly (readonly LoadRow[])[]> => {
  const rows = await queryRows<LoadRow>(
    database,
    'load',
    // The position prunes the partitions that were full before the books were last closed.
    `select found.*, open_revision from unnest($1::text[]) as asked (name) join streams on streams.stream = name
       cross join lateral (select ${EVENT_COLUMNS} from events where events.stream = name
         and events.revision >= open_revision and events.position >= open_position) as found
       order by found.stream, found.revision`,
    [[...new Set(streams)]],
  );
  const found = new Map<string, LoadRow[]>();
  for (const row of rows) {
    const [, stream] = row;
    const earlier = found.get(stream);
    if (earlier) earlier.push(row);
    else found.set(stream, [row]);
  }
  return streams.map((stream) => found.get(stream) ?? []);
};

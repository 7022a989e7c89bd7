import type pg from 'pg';
import { Audit, type Fault } from './audit.js';
import { boundsOf } from './log-bounds.js';
import { type Database, queryRows, toInstant } from './pg-read.js';

export interface VerifyOptions {
  /** Called after each page with the position that was reached and the one to be reached; what is appended meanwhile comes on top. */
  readonly progress?: (checked: bigint, upTo: bigint) => void;
  readonly signal?: AbortSignal;
}

/** What was found in a store. */
export interface Verification {
  readonly events: bigint;
  readonly messages: bigint;
  readonly streams: bigint;
  /** The last position that was looked at. */
  readonly upTo: bigint;
  /** At most 100; those of the log in position order, then those of its end and of the streams' heads. */
  readonly faults: readonly Fault[];
  /** There are more. */
  readonly more: boolean;
}

const PAGE = 1_000;
const MOST_FAULTS = 100;
const LAST_OF_ALL = 2n ** 63n - 1n;

/**
 * Recomputes the digest of every event from what is stored, in position order, and holds the rest against it: positions
 * without gap, revisions, ids, times, the heads of the streams and the store's own word on where its log ends. Reads pages;
 * keeps one digest per stream. Appends may go on meanwhile: what is committed does not change and is read as it comes, and
 * the last of it together with the heads in one snapshot. Of a log whose beginning is archived (its first partitions are
 * detached) it verifies what is left, where the first event of an older stream has nothing before it to be held against.
 *
 * What it cannot find, because nothing in the database could tell: a stream whose every digest from some event on was computed
 * again, its head included; a log cut off at the end together with its heads, its ids and `store`; one cut off at the
 * beginning at the edge of a partition. That takes a copy of the heads outside the database. And what digests do not cover:
 * `metadata` (who and why) and `recorded_at` of an event, and the messages of the inbox.
 */
export const verify = async (pool: pg.Pool, { progress, signal }: VerifyOptions): Promise<Verification> => {
  const { archivedTo, upTo } = await boundsOf(pool);
  const audit = new Audit(archivedTo, MOST_FAULTS);
  const read = async (database: Database, to: bigint): Promise<void> => {
    for await (const page of pages<LogRow>(LOG, database, String(audit.upTo), String(to))) {
      for (const row of page) judge(audit, row);
      progress?.(audit.upTo, to === LAST_OF_ALL ? audit.upTo : to);
      signal?.throwIfAborted();
    }
  };
  signal?.throwIfAborted();
  await read(pool, upTo);
  // A snapshot keeps dead rows alive that every append would have to pass by: it is held for the end alone.
  const client = await pool.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    await read(client, LAST_OF_ALL);
    await auditEnd(audit, client);
    for await (const page of pages<HeadRow>(HEADS, client, '')) {
      for (const row of page) judgeHead(audit, row);
      signal?.throwIfAborted();
    }
    audit.headless();
  } finally {
    client.release(true);
  }
  const { events, messages, streams, faults, more } = audit;
  return { events, messages, streams, upTo: audit.upTo, faults, more };
};

interface PagedQuery {
  readonly name: string;
  /** `$1`: what the first column of a row is above, in whose order they come. */
  readonly text: string;
}

/** Each page is asked for before the one before it is looked at. */
async function* pages<Row extends readonly [string, ...unknown[]]>(
  { name, text }: PagedQuery,
  database: Database,
  after: string,
  ...rest: readonly string[]
): AsyncGenerator<readonly Row[]> {
  const ask = (above: string): Promise<readonly Row[]> => queryRows<Row>(database, name, text, [above, ...rest]);
  let coming: Promise<readonly Row[]> | undefined = ask(after);
  try {
    while (coming) {
      const page: readonly Row[] = await coming;
      const last = page.at(-1);
      coming = last && page.length === PAGE ? ask(last[0]) : undefined;
      yield page;
    }
  } finally {
    await coming?.catch(() => undefined);
  }
}

/**
 * Own events, and the messages between them. The planner is left no choice but indexes: each side comes in order and is
 * cut off by itself, and the place of an id is looked up event by event.
 */
const LOG: PagedQuery = {
  name: 'verify-log',
  text: `select entry.*, (select i.position from event_ids i where i.id = entry.id) as id_position from (
    (select position, time, stream, revision, id, type, encode(digest, 'hex'), data
     from events where position > $1 and position <= $2 order by position limit ${PAGE})
    union all
    (select position, decided_at, null, null, null, null, null, null
     from inbox where position > $1 and position <= $2 order by position limit ${PAGE})
    order by position limit ${PAGE}
  ) entry order by position`,
};
type LogRow = readonly [
  position: string,
  time: string,
  /** Null for a message, like all that follows. */
  stream: string | null,
  revision: string,
  id: string,
  type: string,
  digest: string,
  data: string,
  idPosition: string | null,
];

const judge = (audit: Audit, [position, time, stream, revision, id, type, digest, data, idPosition]: LogRow): void => {
  const at = { position: BigInt(position), time: toInstant(time) };
  if (stream === null) audit.message(at.position, at.time);
  else
    audit.event({
      ...at,
      stream,
      revision: BigInt(revision),
      id,
      type,
      digest,
      data,
      idPosition: toPosition(idPosition),
    });
};

const HEADS: PagedQuery = {
  name: 'verify-heads',
  text: `select stream, revision, encode(digest, 'hex'), open_revision, open_position,
                (select e.revision from events e where e.position = open_position and e.stream = streams.stream)
         from streams where stream > $1 order by stream limit ${PAGE}`,
};
type HeadRow = readonly [
  stream: string,
  revision: string,
  digest: string,
  openRevision: string,
  openPosition: string,
  revisionThere: string | null,
];

const judgeHead = (audit: Audit, [stream, revision, digest, ...open]: HeadRow): void => {
  const [openRevision, openPosition, revisionThere] = open;
  audit.head({
    stream,
    revision: BigInt(revision),
    digest,
    openRevision: BigInt(openRevision),
    openPosition: BigInt(openPosition),
    revisionThere: toPosition(revisionThere),
  });
};

const auditEnd = async (audit: Audit, client: pg.PoolClient): Promise<void> => {
  const [row] = await queryRows<[string, string]>(
    client,
    'verify-end',
    'select last_position, last_time from store',
    [],
  );
  if (row) audit.end(BigInt(row[0]), toInstant(row[1]));
};

const toPosition = (text: string | null): bigint | undefined => (text === null ? undefined : BigInt(text));

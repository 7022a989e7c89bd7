import pg from 'pg';
import { OutcomeUnknown, type Refusal, RefusedAppend } from './errors.js';
import type { AppendOutcome } from './event-store.js';
import { arrayOf, BIGINT, BOOLEAN, type Element, JSON_TEXT, TEXT, TIMESTAMPTZ, UUID } from './pg-array.js';
import type { Prepared } from './prepare.js';

const SQL = `select outcome, revision from append($1::text[], $2::bigint[], $3::timestamptz[], $4::text[], $5::text[], $6::bigint[],
  $7::json[], $8::text[], $9::bigint[], $10::uuid[], $11::text[], $12::json[], $13::json[], $14::boolean[])`;

/** One call of the append function, one transaction. */
export const appendBatch = async (pool: pg.Pool, batch: readonly Prepared[]): Promise<readonly AppendOutcome[]> => {
  const client = await pool.connect();
  try {
    const { rows } = await client.query<[AppendOutcome['kind'], string]>({
      name: 'append',
      text: SQL,
      values: parametersOf(batch),
      rowMode: 'array',
    });
    client.release();
    return rows.map(([kind, revision]) => (kind === 'done' ? { kind, revision: BigInt(revision) } : { kind }));
  } catch (error) {
    // After anything but a refusal the connection is not trusted: it may be dead, or lead to a server that became read-only.
    client.release(!isRefusal(error));
    throw error;
  }
};

const parametersOf = (batch: readonly Prepared[]): Buffer[] => {
  const events = batch.flatMap(({ events, metadata }, index) =>
    events.map((event) => ({ ...event, metadata, append: BigInt(index + 1) })),
  );
  const perAppend = <T>(element: Element<T>, of: (append: Prepared) => T | null | undefined): Buffer =>
    arrayOf(
      element,
      batch.map((append) => of(append) ?? null),
    );
  const perEvent = <T>(element: Element<T>, of: (event: (typeof events)[number]) => T): Buffer =>
    arrayOf(element, events.map(of));
  return [
    perAppend(TEXT, (a) => (a.events.length > 0 ? a.stream : null)),
    perAppend(BIGINT, (a) => (a.events.length > 0 ? a.expected : null)),
    perAppend(TIMESTAMPTZ, (a) => a.time),
    perAppend(TEXT, (a) => a.once?.consumer),
    perAppend(TEXT, (a) => a.once?.messageId),
    perAppend(BIGINT, (a) => a.once?.sequence),
    perAppend(JSON_TEXT, (a) => a.once?.envelope),
    perAppend(TEXT, (a) => a.once?.settingsRevision),
    perEvent(BIGINT, (e) => e.append),
    perEvent(UUID, (e) => e.id),
    perEvent(TEXT, (e) => e.type),
    perEvent(JSON_TEXT, (e) => e.data),
    perEvent(JSON_TEXT, (e) => e.metadata),
    perEvent(BOOLEAN, (e) => e.opens),
  ];
};

/**
 * The permanent errors of PostgreSQL, by SQLSTATE: 21 (one stream twice in a call), 22 (data it cannot take), 23 (a
 * constraint), 54 (beyond a limit of its own, as a name too long for an index). Everything else, and everything unknown,
 * is transient: a lost connection, a lock timeout, a server that starts, stops, is full or read-only.
 */
const isRefusal = (error: unknown): error is pg.DatabaseError =>
  error instanceof pg.DatabaseError && /^(2[123]|54)/.test(error.code ?? '');

const REFUSALS: Readonly<Record<string, Refusal>> = {
  stream_name_malformed: 'stream-malformed',
  event_over_256_kb: 'event-too-large',
  metadata_over_16_kb: 'metadata-too-large',
  event_id_taken: 'id-taken',
  consumer_malformed: 'consumer-malformed',
  message_id_malformed: 'message-id-malformed',
};

/** Whether one append of the batch is to blame, so that the others succeed without it. */
export const blames = isRefusal;

/** What the caller of one append is told about an error of its batch. */
export const toAppendError = (stream: string, cause: unknown): Error =>
  isRefusal(cause)
    ? new RefusedAppend(stream, REFUSALS[cause.constraint ?? ''] ?? 'unstorable', { cause })
    : new OutcomeUnknown(stream, { cause });

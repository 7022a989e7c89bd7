import { jetstream, type JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type pg from 'pg';
import { readJournal } from '../journal.js';
import type { Tally } from '../tally.js';
import type { EventRow, Evidence, Head, InboxRow, Message, StoreEvidence } from './evidence.js';

export interface Sources {
  readonly journals: readonly { readonly name: string; readonly path: string }[];
  /** As superuser. */
  readonly pool: pg.Pool;
  /** As somebody who may read every stream. */
  readonly connection: NatsConnection;
}

/** Reads everything, past all library code: rows as rows, messages as messages. */
export const gather = async ({ journals, pool, connection }: Sources): Promise<Evidence> => {
  const { rows: letters } = await pool.query<{ what: string }>(
    `select format('letter %s of %s: %s, %s tries, %s', letter_id, token, reason, tries, detail) as what
     from progress.dead_letters where outcome is null order by letter_id`,
  );
  const { rows: parked } = await pool.query<{ token: string }>(
    'select token from progress.parked_tokens order by token',
  );
  return {
    writers: journals.map(({ name, path }) => ({ name, asked: readJournal(path) })),
    first: await readStore(pool, 'deadlines', 'deadlines'),
    firstStream: await readStream(connection, 'MOS_DEADLINES'),
    second: await readStore(pool, 'progress', 'updates'),
    secondStream: await readStream(connection, 'MOS_UPDATES'),
    openLetters: letters.map(({ what }) => what),
    parked: parked.map(({ token }) => token),
  };
};

const readStore = async (pool: pg.Pool, schema: string, context: string): Promise<StoreEvidence> => {
  const [events, inbox, heads, tallies, store] = await Promise.all([
    pool.query<EventRow>(
      `select position::int, stream, revision::int, id::text, type, data::text, encode(digest, 'hex') as digest,
         metadata ->> 'causationId' as "causationId",
         to_char(time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as time
       from ${schema}.events order by position`,
    ),
    pool.query<InboxRow>(
      `select position::int, consumer, message_id as "messageId", sequence::int, envelope ->> 'subject' as subject
       from ${schema}.inbox order by position`,
    ),
    pool.query<Head>(`select stream, revision::int, encode(digest, 'hex') as digest from ${schema}.streams`),
    pool.query<Tally>(`select token, entries, chain from ${schema}.tallies`),
    pool.query<{ epoch: string; last: number }>(`select epoch::text, last_position::int as last from ${schema}.store`),
  ]);
  const [{ epoch, last } = { epoch: '', last: 0 }] = store.rows;
  return {
    name: schema,
    source: `mos://${context}/${epoch}`,
    lastPosition: last,
    events: events.rows.map((row) => ({ ...row, causationId: row.causationId ?? undefined })),
    inbox: inbox.rows.map((row) => ({
      ...row,
      sequence: row.sequence ?? undefined,
      subject: row.subject ?? undefined,
    })),
    heads: heads.rows,
    tallies: tallies.rows,
  };
};

const readStream = async (connection: NatsConnection, stream: string): Promise<readonly Message[]> => {
  const consumer = await jetstream(connection).consumers.get(stream);
  const { num_pending: count } = await consumer.info();
  const messages: Message[] = [];
  if (count === 0) return messages;
  const delivered = await consumer.consume();
  for await (const message of delivered) {
    messages.push(toMessage(message));
    if (message.info.pending === 0) break;
  }
  return messages;
};

const toMessage = (message: JsMsg): Message => {
  const attribute = (name: string): string => message.headers?.get(`ce-${name}`) ?? '';
  return {
    sequence: message.seq,
    subject: message.subject,
    id: attribute('id'),
    source: attribute('source'),
    type: attribute('type'),
    position: Number(attribute('position')),
    revision: Number(attribute('revision')),
    causationId: attribute('causationid') || undefined,
    body: message.string(),
  };
};

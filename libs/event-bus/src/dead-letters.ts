import { type Selectable, sql } from 'kysely';
import type pg from 'pg';
import { busDatabase, type BusDatabase, type BusTables, type LetterOutcome, type LetterReason } from './tables.js';

/** Whose messages wait, and for which consumer. */
export interface Parking {
  readonly stream: string;
  readonly token: string;
}

export interface NewLetter extends Parking {
  /** `ce-id`, or a name made of stream and sequence when the message has none. */
  readonly messageId: string;
  readonly sequence: bigint;
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly reason: LetterReason;
  readonly detail: string;
  readonly tries: number;
}

export interface DeadLetter extends NewLetter {
  readonly letterId: bigint;
  readonly storedAt: Date;
  readonly settled?: {
    readonly outcome: LetterOutcome;
    readonly at: Date;
    readonly by: string;
    readonly because: string;
  };
}

export interface LetterFilter {
  readonly stream?: string;
  readonly token?: string;
  /** `open` (default): those that wait for a decision. */
  readonly which?: 'open' | 'settled' | 'all';
  readonly after?: bigint;
  readonly limit?: number;
}

type LetterRow = Selectable<BusTables['dead_letters']>;

/** The messages that one consumer (a service) did not handle, in its own database. */
export class DeadLetters {
  private readonly db: BusDatabase;

  constructor(
    pool: pg.Pool,
    readonly consumer: string,
  ) {
    this.db = busDatabase(pool);
  }

  /** Stores a poisoned message and parks its token. Repeated: nothing more. */
  async park(letter: NewLetter): Promise<void> {
    const { consumer } = this;
    const { stream, token } = letter;
    await this.db.transaction().execute(async (tx) => {
      await tx
        .insertInto('parked_tokens')
        .values({ consumer, stream, token })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      await this.insert(tx, letter);
    });
  }

  /** Stores a message behind those of its parked token. `false`, and nothing stored, when the token is not parked any more. */
  follow(letter: NewLetter): Promise<boolean> {
    return this.db.transaction().execute(async (tx) => {
      // The lock makes this and the end of a redelivery one after the other.
      if (!(await this.lock(tx, letter))) return false;
      await this.insert(tx, letter);
      return true;
    });
  }

  /** The tokens of a stream whose messages wait. */
  async parked(stream: string): Promise<Set<string>> {
    const rows = await this.db
      .selectFrom('parked_tokens')
      .select('token')
      .where('consumer', '=', this.consumer)
      .where('stream', '=', stream)
      .execute();
    return new Set(rows.map(({ token }) => token));
  }

  /**
   * Ids of the messages of a stream that an operator discarded: when they come again they are not handled. By id, because
   * a reseeded stream brings them again under other sequences.
   */
  async discarded(stream: string): Promise<Set<string>> {
    const rows = await this.db
      .selectFrom('dead_letters')
      .select('message_id')
      .where('consumer', '=', this.consumer)
      .where('stream', '=', stream)
      .where('outcome', '=', 'discarded')
      .execute();
    return new Set(rows.map((row) => row.message_id));
  }

  /** In the order in which they were stored, which within a token is their own; at most `limit` (100). */
  async list({ stream, token, which = 'open', after = 0n, limit = 100 }: LetterFilter = {}): Promise<
    readonly DeadLetter[]
  > {
    let query = this.db
      .selectFrom('dead_letters')
      .selectAll()
      .where('consumer', '=', this.consumer)
      .where('letter_id', '>', String(after));
    if (stream !== undefined) query = query.where('stream', '=', stream);
    if (token !== undefined) query = query.where('token', '=', token);
    if (which !== 'all') query = query.where('outcome', which === 'open' ? 'is' : 'is not', null);
    return (await query.orderBy('letter_id').limit(limit).execute()).map(toLetter);
  }

  /** One letter; `undefined` when there is none of that number. */
  async show(letterId: bigint): Promise<DeadLetter | undefined> {
    const row = await this.db
      .selectFrom('dead_letters')
      .selectAll()
      .where('consumer', '=', this.consumer)
      .where('letter_id', '=', String(letterId))
      .executeTakeFirst();
    return row && toLetter(row);
  }

  /** Decides that a message is never handled. `false` when it is settled already. Its followers stay parked. */
  discard(letterId: bigint, by: string, because: string): Promise<boolean> {
    return this.settle(letterId, 'discarded', by, because);
  }

  /** Notes how a letter ended. `false` when it is settled already. */
  async settle(letterId: bigint, outcome: LetterOutcome, by: string, because: string): Promise<boolean> {
    const { numUpdatedRows } = await this.db
      .updateTable('dead_letters')
      .set({ outcome, settled_at: sql<Date>`now()`, settled_by: by, settled_because: because })
      .where('consumer', '=', this.consumer)
      .where('letter_id', '=', String(letterId))
      .where('outcome', 'is', null)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  /** Notes that a redelivery failed again. */
  async failedAgain(letterId: bigint, detail: string): Promise<void> {
    await this.db
      .updateTable('dead_letters')
      .set((row) => ({ detail: clean(detail), tries: row('tries', '+', 1) }))
      .where('letter_id', '=', String(letterId))
      .execute();
  }

  /** Lets a token's messages be handled again when none of its letters is open. Whether it is free now. */
  release({ stream, token }: Parking): Promise<boolean> {
    return this.db.transaction().execute(async (tx) => {
      if (!(await this.lock(tx, { stream, token }))) return true;
      const open = await tx
        .selectFrom('dead_letters')
        .select('letter_id')
        .where('consumer', '=', this.consumer)
        .where('stream', '=', stream)
        .where('token', '=', token)
        .where('outcome', 'is', null)
        .limit(1)
        .executeTakeFirst();
      if (open) return false;
      await tx
        .deleteFrom('parked_tokens')
        .where('consumer', '=', this.consumer)
        .where('stream', '=', stream)
        .where('token', '=', token)
        .execute();
      return true;
    });
  }

  private async lock(tx: BusDatabase, { stream, token }: Parking): Promise<boolean> {
    const row = await tx
      .selectFrom('parked_tokens')
      .select('token')
      .where('consumer', '=', this.consumer)
      .where('stream', '=', stream)
      .where('token', '=', token)
      .forUpdate()
      .executeTakeFirst();
    return row !== undefined;
  }

  private async insert(tx: BusDatabase, letter: NewLetter): Promise<void> {
    await tx
      .insertInto('dead_letters')
      .values({
        consumer: this.consumer,
        stream: letter.stream,
        token: letter.token,
        message_id: letter.messageId,
        sequence: String(letter.sequence),
        subject: letter.subject,
        headers: JSON.stringify(letter.headers),
        body: Buffer.from(letter.body),
        reason: letter.reason,
        detail: clean(letter.detail),
        tries: letter.tries,
      })
      .onConflict((conflict) => conflict.columns(['consumer', 'stream', 'message_id']).doNothing())
      .execute();
  }
}

/** What PostgreSQL's text can hold. */
const clean = (text: string): string => text.replaceAll('\0', '').slice(0, 4_000);

const toLetter = (row: LetterRow): DeadLetter => ({
  letterId: BigInt(row.letter_id),
  stream: row.stream,
  token: row.token,
  messageId: row.message_id,
  sequence: BigInt(row.sequence),
  subject: row.subject,
  headers: row.headers,
  body: row.body,
  reason: row.reason,
  detail: row.detail,
  tries: row.tries,
  storedAt: row.stored_at,
  ...(row.outcome !== null &&
    row.settled_at !== null && {
      settled: {
        outcome: row.outcome,
        at: row.settled_at,
        by: row.settled_by ?? '',
        because: row.settled_because ?? '',
      },
    }),
});

import { sql } from 'kysely';
import type pg from 'pg';
import {
  type DeadLetter,
  LISTED,
  type ListedLetter,
  type NewLetter,
  type Parking,
  toLetter,
  toListed,
} from './letter.js';
import { busDatabase, type BusDatabase, type LetterOutcome, storable } from './tables.js';

export interface LetterFilter {
  readonly stream?: string;
  readonly token?: string;
  /** `open` (default): those that wait for a decision. */
  readonly which?: 'open' | 'settled' | 'all';
  readonly after?: bigint;
  readonly limit?: number;
}

/**
 * What became of a letter that was to be discarded. `left`: letters of its token that go on waiting for a redelivery; with
 * none left the token is free.
 */
export type Discarded =
  | { readonly kind: 'discarded'; readonly letter: DeadLetter; readonly left: number }
  | { readonly kind: 'settled-before'; readonly letter: DeadLetter; readonly left: number }
  | { readonly kind: 'no-such-letter' };

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
        // An update of nothing locks the row: the end of a redelivery does not take it away under this letter.
        .onConflict((conflict) => conflict.columns(['consumer', 'stream', 'token']).doUpdateSet({ token }))
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

  /** Whether one of them is that message. */
  async isDiscarded(stream: string, messageId: string): Promise<boolean> {
    const row = await this.db
      .selectFrom('dead_letters')
      .select('letter_id')
      .where('consumer', '=', this.consumer)
      .where('stream', '=', stream)
      .where('message_id', '=', messageId)
      .where('outcome', '=', 'discarded')
      .executeTakeFirst();
    return row !== undefined;
  }

  /** In the order in which they were stored, which within a token is their own; at most `limit` (100). */
  async list({ stream, token, which = 'open', after = 0n, limit = 100 }: LetterFilter = {}): Promise<
    readonly ListedLetter[]
  > {
    let query = this.db
      .selectFrom('dead_letters')
      .select(LISTED)
      .where('consumer', '=', this.consumer)
      .where('letter_id', '>', String(after));
    if (stream !== undefined) query = query.where('stream', '=', stream);
    if (token !== undefined) query = query.where('token', '=', token);
    if (which !== 'all') query = query.where('outcome', which === 'open' ? 'is' : 'is not', null);
    return (await query.orderBy('letter_id').limit(limit).execute()).map(toListed);
  }

  /** The letter of a token that is to be redelivered next; `undefined` when none is open. */
  async first(parking: Parking): Promise<DeadLetter | undefined> {
    const row = await this.open(this.db, parking).selectAll().orderBy('letter_id').limit(1).executeTakeFirst();
    return row && toLetter(row);
  }

  /** How many letters of a token wait, after one of them. */
  waiting(parking: Parking, after = 0n): Promise<number> {
    return this.count(this.db, parking, after);
  }

  /** One letter; `undefined` when there is none of that number. */
  show(letterId: bigint): Promise<DeadLetter | undefined> {
    return this.find(this.db, letterId);
  }

  /**
   * Decides that a message is never handled. Exactly this letter: its followers stay parked until they are redelivered; when
   * none is left the token is free. `record` writes in the same transaction. Repeated: says how it was settled, nothing more.
   */
  async discard(
    letterId: bigint,
    by: string,
    because: string,
    record: (tx: BusDatabase, letter: DeadLetter, left: number) => Promise<void> = () => Promise.resolve(),
  ): Promise<Discarded> {
    const letter = await this.show(letterId);
    if (!letter) return { kind: 'no-such-letter' };
    return this.db.transaction().execute(async (tx) => {
      await this.lock(tx, letter);
      const settled = await this.settle(tx, letterId, 'discarded', by, because);
      const left = settled ? await this.free(tx, letter) : await this.count(tx, letter);
      if (settled) await record(tx, letter, left);
      return {
        kind: settled ? 'discarded' : 'settled-before',
        letter: (await this.find(tx, letterId)) ?? letter,
        left,
      };
    });
  }

  /** Notes that a letter's message is handled now. Nothing when it was settled before. */
  async redelivered(letterId: bigint, by: string): Promise<void> {
    await this.settle(this.db, letterId, 'redelivered', by, '');
  }

  /** Notes that a redelivery failed again. */
  async failedAgain(letterId: bigint, detail: string): Promise<void> {
    await this.db
      .updateTable('dead_letters')
      .set((row) => ({ detail: storable(detail), tries: row('tries', '+', 1) }))
      .where('letter_id', '=', String(letterId))
      .where('outcome', 'is', null)
      .execute();
  }

  /** Lets a token's messages be handled again when none of its letters is open. Whether it is free now. */
  release(parking: Parking): Promise<boolean> {
    return this.db
      .transaction()
      .execute(async (tx) => !(await this.lock(tx, parking)) || (await this.free(tx, parking)) === 0);
  }

  /** With the token's lock in hand: frees it when none of its letters is open. How many are. */
  private async free(tx: BusDatabase, parking: Parking): Promise<number> {
    const left = await this.count(tx, parking);
    if (left > 0) return left;
    await tx
      .deleteFrom('parked_tokens')
      .where('consumer', '=', this.consumer)
      .where('stream', '=', parking.stream)
      .where('token', '=', parking.token)
      .execute();
    return 0;
  }

  private async count(db: BusDatabase, parking: Parking, after = 0n): Promise<number> {
    const { open } = await this.open(db, parking)
      .select((letter) => letter.fn.countAll<string>().as('open'))
      .where('letter_id', '>', String(after))
      .executeTakeFirstOrThrow();
    return Number(open);
  }

  private open(db: BusDatabase, { stream, token }: Parking) {
    return db
      .selectFrom('dead_letters')
      .where('consumer', '=', this.consumer)
      .where('stream', '=', stream)
      .where('token', '=', token)
      .where('outcome', 'is', null);
  }

  private async find(db: BusDatabase, letterId: bigint): Promise<DeadLetter | undefined> {
    const row = await db
      .selectFrom('dead_letters')
      .selectAll()
      .where('consumer', '=', this.consumer)
      .where('letter_id', '=', String(letterId))
      .executeTakeFirst();
    return row && toLetter(row);
  }

  private async settle(
    db: BusDatabase,
    letterId: bigint,
    outcome: LetterOutcome,
    by: string,
    because: string,
  ): Promise<boolean> {
    const { numUpdatedRows } = await db
      .updateTable('dead_letters')
      .set({ outcome, settled_at: sql<Date>`now()`, settled_by: by, settled_because: because })
      .where('consumer', '=', this.consumer)
      .where('letter_id', '=', String(letterId))
      .where('outcome', 'is', null)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
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
        detail: storable(letter.detail),
        tries: letter.tries,
      })
      .onConflict((conflict) => conflict.columns(['consumer', 'stream', 'message_id']).doNothing())
      .execute();
  }
}

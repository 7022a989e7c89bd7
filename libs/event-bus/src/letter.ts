import type { Selectable } from 'kysely';
import type { BusTables, LetterOutcome, LetterReason } from './tables.js';

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

/** A letter without its body. */
export interface ListedLetter extends Omit<NewLetter, 'body'> {
  readonly letterId: bigint;
  /** `ce-type`; absent when the message says none. */
  readonly type?: string;
  readonly storedAt: Date;
  readonly settled?: {
    readonly outcome: LetterOutcome;
    readonly at: Date;
    readonly by: string;
    readonly because: string;
  };
}

export interface DeadLetter extends ListedLetter {
  readonly body: Uint8Array;
}

export type LetterRow = Selectable<BusTables['dead_letters']>;

/** All but the body. */
export const LISTED = [
  'letter_id',
  'stream',
  'token',
  'message_id',
  'sequence',
  'subject',
  'headers',
  'reason',
  'detail',
  'tries',
  'stored_at',
  'outcome',
  'settled_at',
  'settled_by',
  'settled_because',
] as const satisfies readonly (keyof LetterRow)[];

export const toLetter = (row: LetterRow): DeadLetter => ({ ...toListed(row), body: row.body });

export const toListed = (row: Pick<LetterRow, (typeof LISTED)[number]>): ListedLetter => ({
  letterId: BigInt(row.letter_id),
  stream: row.stream,
  token: row.token,
  messageId: row.message_id,
  sequence: BigInt(row.sequence),
  subject: row.subject,
  headers: row.headers,
  ...(row.headers['ce-type'] && { type: row.headers['ce-type'] }),
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

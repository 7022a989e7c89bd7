import { type ColumnType, type Generated, Kysely, PostgresDialect } from 'kysely';
import type pg from 'pg';

/**
 * `unreadable`: it is not of its type's shape; `refused`: the handler said so; `exhausted`: every try failed;
 * `unknown-version`: the consumer is older than the event, redeliver it after the upgrade;
 * `follows`: nothing is wrong with it, but an earlier message of its Mac waits for an operator.
 */
export const LETTER_REASONS = ['unreadable', 'refused', 'exhausted', 'unknown-version', 'follows'] as const;
export type LetterReason = (typeof LETTER_REASONS)[number];

export const LETTER_OUTCOMES = ['redelivered', 'discarded'] as const;
export type LetterOutcome = (typeof LETTER_OUTCOMES)[number];

/** What operators may ask of a service's store and bus. */
export const OPERATION_KINDS = ['redeliver', 'discard', 'rebuild', 'verify', 'reseed', 'reread'] as const;
export type OperationKind = (typeof OPERATION_KINDS)[number];
export const OPERATION_OUTCOMES = ['done', 'failed'] as const;
export type OperationOutcome = (typeof OPERATION_OUTCOMES)[number];

/** The bus's tables in a service's schema; `bigint` columns are read as text. */
export interface BusTables {
  relay: { stream: string; epoch: string; position: string; sequence: string };
  parked_tokens: { consumer: string; stream: string; token: string; parked_at: Generated<Date> };
  dead_letters: {
    letter_id: Generated<string>;
    consumer: string;
    stream: string;
    token: string;
    message_id: string;
    sequence: string;
    subject: string;
    /** Written as text, read as what the driver makes of `json`. */
    headers: ColumnType<Readonly<Record<string, string>>, string, string>;
    body: Buffer;
    reason: LetterReason;
    detail: string;
    tries: number;
    stored_at: Generated<Date>;
    outcome: Generated<LetterOutcome | null>;
    settled_at: Generated<Date | null>;
    settled_by: Generated<string | null>;
    settled_because: Generated<string | null>;
  };
  operations: {
    operation_id: Generated<string>;
    kind: OperationKind;
    target: string;
    asked_at: Generated<Date>;
    asked_by: string;
    because: string | null;
    correlation_id: string;
  };
  operation_ends: { operation_id: string; ended_at: Generated<Date>; outcome: OperationOutcome; detail: string };
}

export type BusDatabase = Kysely<BusTables>;

/** The tables through a service's own pool, which it goes on owning; its search path names the schema. */
export const busDatabase = (pool: pg.Pool): BusDatabase =>
  new Kysely<BusTables>({ dialect: new PostgresDialect({ pool }) });

/** What PostgreSQL's text can hold, and no more of it than an operator reads. */
export const storable = (text: string): string => text.replaceAll('\0', '').slice(0, 4_000);

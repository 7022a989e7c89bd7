import { type Generated, Kysely, PostgresDialect } from 'kysely';
import type pg from 'pg';

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
    headers: string;
    body: Buffer;
    reason: string;
    detail: string;
    tries: number;
    stored_at: Generated<Date>;
    outcome: string | null;
    settled_at: Date | null;
    settled_by: string | null;
    settled_because: string | null;
  };
}

export type BusDatabase = Kysely<BusTables>;

/** The tables through a service's own pool, which it goes on owning; its search path names the schema. */
export const busDatabase = (pool: pg.Pool): BusDatabase =>
  new Kysely<BusTables>({ dialect: new PostgresDialect({ pool }) });

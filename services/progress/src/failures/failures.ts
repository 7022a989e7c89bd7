import { FAILURES, type Failure, relabel, UNKNOWN_FAILURE } from '@managed-os/device-update';
import { type Kysely, sql } from 'kysely';
import type { ProgressTables } from '../tables.js';
import type { FailuresAnswer } from './failures.bodies.js';

/** What some Macs said. */
export interface Words {
  readonly kind: string;
  /** The causes that were recorded then: more than one when the taxonomy has changed since. */
  readonly causes: readonly string[];
  readonly said: string;
  readonly times: number;
  readonly devices: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

const MOST = 1_000;

/** What failed on all Macs, in their own words. */
export const countFailures = async (db: Kysely<ProgressTables>): Promise<FailuresAnswer> =>
  labelled(
    await db
      .selectFrom('failures')
      .select(['kind', 'said'])
      .select([
        sql<string[]>`array_agg(distinct cause)`.as('causes'),
        sql<number>`sum(times)::int`.as('times'),
        sql<number>`count(distinct device_id)::int`.as('devices'),
        sql<Date>`min(first_at)`.as('firstAt'),
        sql<Date>`max(last_at)`.as('lastAt'),
      ])
      // Without words the recorded cause is all that there is.
      .groupBy(['kind', 'said', sql`case when said = '' then cause end`])
      .execute(),
  );

/** Pure: words with the labels of today, whatever they were called when they were said (X10). */
export const labelled = (words: readonly Words[], taxonomy: readonly Failure[] = FAILURES): FailuresAnswer => {
  const named = words.map(({ causes, firstAt, lastAt, ...rest }) => {
    const labels = causes.map((recorded) => relabel(recorded, rest.said, taxonomy));
    const { cause, whoActs, remedy } = labels.find((label) => label !== UNKNOWN_FAILURE) ?? UNKNOWN_FAILURE;
    return { cause, whoActs, remedy, ...rest, firstAt: firstAt.toISOString(), lastAt: lastAt.toISOString() };
  });
  const isUnknown = ({ cause }: { readonly cause: string }): boolean => cause === UNKNOWN_FAILURE.cause;
  return {
    unknown: named.filter(isUnknown).reduce((total, { times }) => total + times, 0),
    items: named
      .toSorted((a, b) => Number(isUnknown(b)) - Number(isUnknown(a)) || b.devices - a.devices || b.times - a.times)
      .slice(0, MOST),
  };
};

import type { Ids } from '@managed-os/kernel';
import { type Kysely, sql } from 'kysely';
import type { DeadlinesSettings } from '../settings.js';
import type { DeadlinesTables } from '../tables.js';

/**
 * Marks every Mac to be looked at again when the settings are others than those of the last start, in one transaction with
 * the note of it; how many were marked. Whoever starts second, or again, finds the note.
 */
export const markForSettings = (
  db: Kysely<DeadlinesTables>,
  { revision: settings }: DeadlinesSettings,
  ids: Ids,
): Promise<number> =>
  db.transaction().execute(async (tx) => {
    const noted = await tx
      .insertInto('planned_with')
      .values({ only_row: true, settings })
      .onConflict((c) => c.column('only_row').doUpdateSet({ settings }).where('planned_with.settings', '<>', settings))
      .executeTakeFirstOrThrow();
    if (noted.numInsertedOrUpdatedRows === 0n) return 0;
    const cause = ids.next();
    const marked = await tx
      .insertInto('reevaluations')
      .columns(['device_id', 'cause', 'correlation_id'])
      .expression(
        tx
          .selectFrom('devices')
          .select(['device_id', sql<string>`${cause}::uuid`.as('cause'), sql<string>`${cause}`.as('correlation_id')]),
      )
      .onConflict((c) => c.column('device_id').doNothing())
      .executeTakeFirstOrThrow();
    return Number(marked.numInsertedOrUpdatedRows);
  });

/** Whether these are the settings of the last start, here or elsewhere. */
export const isPlannedWith = async (db: Kysely<DeadlinesTables>, { revision }: DeadlinesSettings): Promise<boolean> => {
  const noted = await db.selectFrom('planned_with').select('settings').executeTakeFirst();
  return noted === undefined || noted.settings === revision;
};

import type { Kysely } from 'kysely';
import {
  type Assignments,
  type ConfiguredItem,
  type Override,
  readAssignments,
  readItem,
} from '../inputs/read-inputs.js';
import type { DeadlinesTables, Policy } from '../tables.js';

/** What an admin is about to save. */
export type Change =
  | {
      readonly kind: 'enforcement';
      readonly itemId: string;
      readonly os: string;
      readonly policy: Policy & object;
      /** Of the item as the admin read it. */
      readonly revision: number;
    }
  | { readonly kind: 'assignment'; readonly blueprintId: string; readonly itemId: string }
  | {
      readonly kind: 'override';
      readonly itemId: string;
      readonly version: string;
      /** Absent: the item's window again. */
      readonly window?: string;
      readonly revision: number;
    };

/** What would apply, and to the Macs of which Blueprints it makes a difference. */
export interface Changed {
  readonly assignments: Assignments;
  readonly blueprintIds: readonly string[];
  /** Whether the item comes to Macs that it did not apply to. */
  readonly arrives: boolean;
}

type Db = Kysely<DeadlinesTables>;

/** What applies once it is saved. */
export const changed = async (db: Db, change: Change): Promise<Changed> => {
  const assignments = await readAssignments(db);
  switch (change.kind) {
    case 'assignment': {
      const { blueprintId, itemId } = change;
      const item = await saved(db, itemId);
      const there = await db
        .selectFrom('assignments')
        .select('item_id')
        .where('item_id', '=', itemId)
        .where('blueprint_id', '=', blueprintId)
        .executeTakeFirst();
      return {
        assignments: item ? withItem(assignments, [blueprintId], item) : assignments,
        blueprintIds: [blueprintId],
        arrives: !there,
      };
    }
    case 'enforcement': {
      const { itemId, os, policy, revision } = change;
      return replaced(db, assignments, itemId, await readItem(db, { itemId, os, policy, revision: revision + 1 }));
    }
    case 'override': {
      const { itemId, version, window, revision } = change;
      const item = await saved(db, itemId, { version, ...(window !== undefined && { span: window }) });
      return replaced(db, assignments, itemId, item && { ...item, revision: revision + 1 });
    }
  }
};

/** An item as it is, or with a window of one release as it would be; `undefined` when it enforces nothing yet. */
const saved = async (db: Db, itemId: string, override?: Override): Promise<ConfiguredItem | undefined> => {
  const row = await db.selectFrom('items').selectAll().where('item_id', '=', itemId).executeTakeFirst();
  return row && readItem(db, { itemId, ...row, revision: Number(row.revision) }, override);
};

const replaced = async (
  db: Db,
  assignments: Assignments,
  itemId: string,
  item: ConfiguredItem | undefined,
): Promise<Changed> => {
  const rows = await db.selectFrom('assignments').select('blueprint_id').where('item_id', '=', itemId).execute();
  const blueprintIds = rows.map(({ blueprint_id }) => blueprint_id);
  return { assignments: item ? withItem(assignments, blueprintIds, item) : assignments, blueprintIds, arrives: false };
};

const withItem = (assignments: Assignments, blueprintIds: readonly string[], item: ConfiguredItem): Assignments => {
  const next = new Map(assignments);
  for (const id of blueprintIds) {
    const others = (next.get(id) ?? []).filter(({ itemId }) => itemId !== item.itemId);
    next.set(
      id,
      [...others, item].toSorted((a, b) => (a.itemId < b.itemId ? -1 : 1)),
    );
  }
  return next;
};

import type { LibraryEvent } from '@managed-os/contracts';
import { defineProjection } from '@managed-os/event-store';
import { type ColumnType, sql } from 'kysely';
import type { Enforcement } from '../enforcement/enforcement.js';

type Revision = ColumnType<string, string, string>;

export interface LibraryTables {
  readonly items: {
    readonly item_id: string;
    readonly os: string;
    readonly name: string;
    readonly enforcement: ColumnType<Enforcement | null, string | null, string | null>;
    readonly overrides: ColumnType<Readonly<Record<string, string>>, string | undefined, string>;
    readonly revision: Revision;
  };
}

/** The Library's list; one item is read from its stream instead. */
export const items = defineProjection<LibraryEvent, LibraryTables>()({
  name: 'items',
  version: 1,
  tables: ['items'],
  handlers: {
    ItemAdded: ({ itemId, os, name }, tx, { revision }) =>
      tx.insertInto('items').values({ item_id: itemId, os, name, enforcement: null, revision: String(revision) }),
    ItemRenamed: ({ itemId, name }, tx, { revision }) =>
      tx
        .updateTable('items')
        .set({ name, revision: String(revision) })
        .where('item_id', '=', itemId),
    EnforcementConfigured: ({ itemId, enforcement }, tx, { revision }) =>
      tx
        .updateTable('items')
        .set({ enforcement: JSON.stringify(enforcement), revision: String(revision) })
        .where('item_id', '=', itemId),
    ItemRemoved: ({ itemId }, tx) => tx.deleteFrom('items').where('item_id', '=', itemId),
    ReleaseWindowOverridden: ({ itemId, version, window }, tx, { revision }) =>
      tx
        .updateTable('items')
        .set({
          overrides: sql`overrides || ${JSON.stringify({ [version]: window })}::jsonb`,
          revision: String(revision),
        })
        .where('item_id', '=', itemId),
    ReleaseWindowRestored: ({ itemId, version }, tx, { revision }) =>
      tx
        .updateTable('items')
        .set({ overrides: sql`overrides - ${version}::text`, revision: String(revision) })
        .where('item_id', '=', itemId),
  },
});

import type { BlueprintsEvent } from '@managed-os/contracts';
import { defineProjection, type Statement } from '@managed-os/event-store';
import type { ColumnType, Kysely } from 'kysely';
import { nameKeyOf } from './blueprint.decider.js';

export interface BlueprintsTables {
  readonly blueprints: {
    readonly blueprint_id: string;
    readonly name: string;
    readonly name_key: string;
    readonly revision: ColumnType<string, string, string>;
  };
  readonly assignments: { readonly blueprint_id: string; readonly item_id: string };
  readonly memberships: {
    readonly device_id: string;
    readonly blueprint_id: string;
    readonly since: ColumnType<Date, string, string>;
  };
}

/** Which Blueprints there are, what is on them, and which Macs are in them. The built-in one has no row of its own. */
export const blueprints = defineProjection<BlueprintsEvent, BlueprintsTables>()({
  name: 'blueprints',
  version: 1,
  tables: ['blueprints', 'assignments', 'memberships'],
  handlers: {
    BlueprintCreated: ({ blueprintId, name }, tx, { revision }) =>
      tx
        .insertInto('blueprints')
        .values({ blueprint_id: blueprintId, name, name_key: nameKeyOf(name), revision: String(revision) }),
    BlueprintRenamed: ({ blueprintId, name }, tx, { revision }) =>
      tx
        .updateTable('blueprints')
        .set({ name, name_key: nameKeyOf(name), revision: String(revision) })
        .where('blueprint_id', '=', blueprintId),
    BlueprintRemoved: ({ blueprintId }, tx) => [
      tx.deleteFrom('blueprints').where('blueprint_id', '=', blueprintId),
      tx.deleteFrom('assignments').where('blueprint_id', '=', blueprintId),
    ],
    ItemAssigned: ({ blueprintId, itemId }, tx, { revision }) => [
      tx.insertInto('assignments').values({ blueprint_id: blueprintId, item_id: itemId }),
      revise(tx, blueprintId, revision),
    ],
    ItemUnassigned: ({ blueprintId, itemId }, tx, { revision }) => [
      tx.deleteFrom('assignments').where('blueprint_id', '=', blueprintId).where('item_id', '=', itemId),
      revise(tx, blueprintId, revision),
    ],
    DeviceMoved: ({ deviceId, blueprintId }, tx, { time }) =>
      tx
        .insertInto('memberships')
        .values({ device_id: deviceId, blueprint_id: blueprintId, since: time })
        .onConflict((conflict) => conflict.column('device_id').doUpdateSet({ blueprint_id: blueprintId, since: time })),
  },
});

const revise = (tx: Kysely<BlueprintsTables>, blueprintId: string, revision: bigint): Statement =>
  tx
    .updateTable('blueprints')
    .set({ revision: String(revision) })
    .where('blueprint_id', '=', blueprintId);

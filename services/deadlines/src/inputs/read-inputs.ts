import type { Item, Release } from '@managed-os/enforcement';
import { isZone } from '@managed-os/kernel';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { DeadlinesTables, DeviceRow, Policy } from '../tables.js';
import { enforcementOf, type Exceptions } from './policy.js';

/** An item that applies to a Mac. */
export interface ConfiguredItem extends Item {
  readonly itemId: string;
  /** Of its configuration. */
  readonly revision: number;
}

/** What one Mac's plan rests on. */
export interface DeviceInputs {
  readonly device: DeviceRow;
  readonly blueprintId: string | undefined;
  readonly items: readonly ConfiguredItem[];
}

/** With locks, or a snapshot of its own, that keep everything read here of one moment. */
type Tx = Kysely<DeadlinesTables> | Transaction<DeadlinesTables>;

/** What applies to the Macs of each Blueprint, by the items' ids. */
export type Assignments = ReadonlyMap<string, readonly ConfiguredItem[]>;

/** A release's window, or with no span the item's again. */
export interface Override {
  readonly version: string;
  readonly span?: string;
}

/**
 * A configured item with its exceptions, as they were if one of them is said here; `undefined` for one that this version
 * does not understand.
 */
export const readItem = async (
  db: Kysely<DeadlinesTables>,
  item: { readonly itemId: string; readonly os: string; readonly policy: Policy & object; readonly revision: number },
  override?: Override,
): Promise<ConfiguredItem | undefined> => {
  const saved = await db.selectFrom('overrides').selectAll().where('item_id', '=', item.itemId).execute();
  const exploited = await db.selectFrom('exploited').selectAll().where('os', '=', item.os).execute();
  const others = saved.filter(({ version }) => version !== override?.version);
  const overrides =
    override?.span === undefined ? others : [...others, { version: override.version, span: override.span }];
  return configured(item, { overrides, exploited });
};

const configured = (
  { itemId, os, policy, revision }: Parameters<typeof readItem>[1],
  exceptions: Exceptions,
): ConfiguredItem | undefined => {
  const enforcement = enforcementOf(policy, exceptions);
  return enforcement && { itemId, os, enforcement, revision };
};

export const readAssignments = async (db: Kysely<DeadlinesTables>): Promise<Assignments> => {
  const [overrides, exploited] = [
    await db.selectFrom('overrides').selectAll().execute(),
    await db.selectFrom('exploited').selectAll().execute(),
  ];
  const items = new Map<string, ConfiguredItem>();
  for (const { item_id: itemId, os, policy, revision } of await db.selectFrom('items').selectAll().execute()) {
    const item = configured(
      { itemId, os, policy, revision: Number(revision) },
      {
        overrides: overrides.filter(({ item_id }) => item_id === itemId),
        exploited: exploited.filter((release) => release.os === os),
      },
    );
    if (item) items.set(itemId, item);
  }
  const assignments = new Map<string, ConfiguredItem[]>();
  for (const { blueprint_id, item_id } of await db.selectFrom('assignments').selectAll().orderBy('item_id').execute()) {
    const item = items.get(item_id);
    if (item) assignments.set(blueprint_id, [...(assignments.get(blueprint_id) ?? []), item]);
  }
  return assignments;
};

const NOTHING: readonly ConfiguredItem[] = [];

/** The inputs of these Macs; Macs without facts are left out. */
export const readInputs = async (tx: Tx, deviceIds: readonly string[]): Promise<readonly DeviceInputs[]> => {
  const rows = await tx
    .selectFrom('devices')
    .leftJoin('memberships', 'memberships.device_id', 'devices.device_id')
    .selectAll('devices')
    .select('memberships.blueprint_id')
    .where('devices.device_id', '=', sql<string>`any(${deviceIds}::uuid[])`)
    .execute();
  const assignments = await readAssignments(tx);
  return rows.map(({ blueprint_id, ...device }) => inputsOf(device, blueprint_id, assignments));
};

export const inputsOf = (device: DeviceRow, blueprintId: string | null, assignments: Assignments): DeviceInputs => ({
  device: { ...device, time_zone: device.time_zone !== null && isZone(device.time_zone) ? device.time_zone : null },
  blueprintId: blueprintId ?? undefined,
  items: (blueprintId !== null && assignments.get(blueprintId)) || NOTHING,
});

/** The announced releases, read again when one was added or changed; the same array until then. */
export class ReleaseCatalogue {
  private change: string | undefined;
  private releases: readonly Release[] = [];

  async read(db: Kysely<DeadlinesTables> | Transaction<DeadlinesTables>): Promise<readonly Release[]> {
    const { change } = await db
      .selectFrom('releases')
      .select((eb) => sql<string>`coalesce(${eb.fn.max('change')}, 0) || ' ' || count(*)`.as('change'))
      .executeTakeFirstOrThrow();
    if (change !== this.change) {
      const rows = await db.selectFrom('releases').selectAll().orderBy('version').orderBy('build').execute();
      this.releases = rows.map((row) => ({
        version: row.version,
        build: row.build,
        released: row.released,
        kind: row.kind,
        supportedDevices: row.supported_devices,
        installer: row.installer,
        comboPackage: row.combo_package,
      }));
      this.change = change;
    }
    return this.releases;
  }
}

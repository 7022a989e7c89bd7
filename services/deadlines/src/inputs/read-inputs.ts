import type { Item, Release } from '@managed-os/enforcement';
import { isZone } from '@managed-os/kernel';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { DeadlinesTables, DeviceRow, Policy } from '../tables.js';
import { enforcementOf } from './policy.js';

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

interface ItemColumns {
  readonly itemId: string;
  readonly os: string;
  readonly policy: Policy & object;
  readonly revision: number;
}

/** The inputs of these Macs, in one statement and so of one moment; Macs without facts are left out. */
export const readInputs = async (
  db: Kysely<DeadlinesTables> | Transaction<DeadlinesTables>,
  deviceIds: readonly string[],
): Promise<readonly DeviceInputs[]> => {
  const rows = await db
    .selectFrom('devices')
    .leftJoin('memberships', 'memberships.device_id', 'devices.device_id')
    .selectAll('devices')
    .select([
      'memberships.blueprint_id',
      sql<readonly ItemColumns[]>`(
        select coalesce(json_agg(json_build_object('itemId', i.item_id, 'os', i.os, 'policy', i.policy, 'revision', i.revision) order by i.item_id), '[]')
        from assignments a join items i on i.item_id = a.item_id where a.blueprint_id = memberships.blueprint_id)`.as(
        'items',
      ),
    ])
    .where('devices.device_id', '=', sql<string>`any(${deviceIds}::uuid[])`)
    .execute();
  return rows.map(({ blueprint_id, items, ...device }) => ({
    device: { ...device, time_zone: device.time_zone !== null && isZone(device.time_zone) ? device.time_zone : null },
    blueprintId: blueprint_id ?? undefined,
    items: items.flatMap(({ itemId, os, policy, revision }) => {
      const enforcement = enforcementOf(policy);
      return enforcement ? [{ itemId, os, enforcement, revision }] : [];
    }),
  }));
};

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

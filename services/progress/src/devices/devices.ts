import { isUuid } from '@managed-os/kernel';
import type { Kysely, Selectable } from 'kysely';
import { sql } from 'kysely';
import type { DeviceTable, ProgressTables } from '../tables.js';
import type { DeviceAnswer, DeviceListAnswer } from './devices.bodies.js';

export interface DevicePage {
  readonly blueprintId?: string | undefined;
  readonly status?: string | undefined;
  readonly after?: DeviceKey | undefined;
  readonly limit: number;
}

/** Where a page ended: Macs are listed by name, and by id among those of one name. */
export interface DeviceKey {
  readonly name: string;
  readonly id: string;
}

/** All that is shown; the folded stream, which is most of a row, stays in the database. */
const SHOWN = [
  'device_id',
  'name',
  'serial_number',
  'model',
  'enrolled',
  'os_version',
  'status',
  'reason',
  'stage',
  'since',
  'because',
  'overdue',
  'item_id',
  'blueprint_id',
  'floor',
  'target',
  'deadline',
  'deadline_local',
  'zone',
  'who_acts_next',
  'next',
  'next_at',
  'unknown_since',
] as const satisfies readonly (keyof DeviceTable)[];

export const findDevice = async (db: Kysely<ProgressTables>, id: string): Promise<DeviceAnswer | undefined> => {
  const row = await db.selectFrom('devices').select(SHOWN).where('device_id', '=', id).executeTakeFirst();
  return row && deviceAnswer(row);
};

const byName = sql<string>`coalesce(name, '')`;

/** One page of Macs by name. A keyset: the page after a Mac is the same page however many come before it. */
export const listDevices = async (
  db: Kysely<ProgressTables>,
  { blueprintId, status, after, limit }: DevicePage,
): Promise<DeviceListAnswer> => {
  const rows = await db
    .selectFrom('devices')
    .select(SHOWN)
    .$if(blueprintId !== undefined, (query) => query.where('blueprint_id', '=', blueprintId ?? ''))
    .$if(status !== undefined, (query) => query.where('status', '=', status ?? ''))
    .$if(after !== undefined, (query) =>
      query.where(sql<boolean>`(coalesce(name, ''), device_id) > (${after?.name ?? ''}, ${after?.id ?? ''}::uuid)`),
    )
    .orderBy(byName)
    .orderBy('device_id')
    .limit(limit + 1)
    .execute();
  const items = rows.slice(0, limit).map(deviceAnswer);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last ? writeKey({ name: last.name ?? '', id: last.id }) : null };
};

/** An opaque text for an address. */
export const writeKey = ({ name, id }: DeviceKey): string => Buffer.from(`${id}${name}`).toString('base64url');

/** `undefined` when it is no key of ours. */
export const readKey = (text: string): DeviceKey | undefined => {
  const key = Buffer.from(text, 'base64url').toString();
  const id = key.slice(0, 36);
  return isUuid(id) && !key.includes('\0') ? { id, name: key.slice(36) } : undefined;
};

const deviceAnswer = (row: Pick<Selectable<DeviceTable>, (typeof SHOWN)[number]>): DeviceAnswer => ({
  id: row.device_id,
  name: row.name,
  serialNumber: row.serial_number,
  model: row.model,
  enrolled: row.enrolled,
  osVersion: row.os_version,
  status: row.status,
  reason: row.reason,
  stage: row.stage,
  since: row.since.toISOString(),
  because: row.because,
  overdue: row.overdue,
  itemId: row.item_id,
  blueprintId: row.blueprint_id,
  floor: row.floor,
  target: row.target,
  deadline: row.deadline?.toISOString() ?? null,
  deadlineLocal: row.deadline_local,
  zone: row.zone,
  whoActsNext: row.who_acts_next,
  next: row.next,
  nextAt: row.next_at?.toISOString() ?? null,
  unknownSince: row.unknown_since?.toISOString() ?? null,
});

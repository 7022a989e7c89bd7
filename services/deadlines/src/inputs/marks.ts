import type { Envelope } from '@managed-os/contracts';
import type { Statement } from '@managed-os/event-store';
import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import type { DeadlinesTables } from '../tables.js';

type Devices = SelectQueryBuilder<DeadlinesTables, never, { device_id: string }>;

/** Marks Macs to be looked at again, in one statement however many they are; the newest cause stands. */
export const mark = (tx: Kysely<DeadlinesTables>, { id, correlationId }: Envelope, devices: Devices): Statement =>
  tx
    .insertInto('reevaluations')
    .columns(['device_id', 'cause', 'correlation_id'])
    .expression(
      tx
        .selectFrom(devices.as('marked'))
        .select([
          'device_id',
          sql<string>`${id}::uuid`.as('cause'),
          sql<string>`${correlationId}`.as('correlation_id'),
        ]),
    )
    .onConflict((c) =>
      c.column('device_id').doUpdateSet((eb) => ({
        cause: eb.ref('excluded.cause'),
        correlation_id: eb.ref('excluded.correlation_id'),
      })),
    );

/** A Mac of which nothing is known yet is looked at when its first facts come. */
export const theDevice = (db: Kysely<DeadlinesTables>, deviceId: string): Devices =>
  db.selectFrom('devices').where('device_id', '=', deviceId).select('devices.device_id') as Devices;

export const devicesOfBlueprint = (db: Kysely<DeadlinesTables>, blueprintId: string): Devices =>
  db
    .selectFrom('memberships')
    .innerJoin('devices', 'devices.device_id', 'memberships.device_id')
    .where('memberships.blueprint_id', '=', blueprintId)
    .select('devices.device_id') as Devices;

export const devicesOfItem = (db: Kysely<DeadlinesTables>, itemId: string): Devices =>
  db
    .selectFrom('assignments')
    .innerJoin('memberships', 'memberships.blueprint_id', 'assignments.blueprint_id')
    .innerJoin('devices', 'devices.device_id', 'memberships.device_id')
    .where('assignments.item_id', '=', itemId)
    .select('devices.device_id')
    .distinct() as Devices;

/**
 * Macs with an item of that major. A release of 11 also concerns Apple silicon on 11.4, whose way to any later major leads
 * over the newest 11 (row 11 of the decision table).
 */
export const devicesOfRelease = (db: Kysely<DeadlinesTables>, os: string): Devices =>
  db
    .selectFrom('items')
    .innerJoin('assignments', 'assignments.item_id', 'items.item_id')
    .innerJoin('memberships', 'memberships.blueprint_id', 'assignments.blueprint_id')
    .innerJoin('devices', 'devices.device_id', 'memberships.device_id')
    .where((eb) =>
      eb.or([eb('items.os', '=', os), ...(os === '11' ? [eb('devices.os_version', 'like', '11.4%')] : [])]),
    )
    .select('devices.device_id')
    .distinct() as Devices;

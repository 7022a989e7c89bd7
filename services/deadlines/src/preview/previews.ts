import { Inject, Injectable } from '@nestjs/common';
import type { DeadlinesEvent } from '@managed-os/contracts';
import type { Release } from '@managed-os/enforcement';
import type { EventStore } from '@managed-os/event-store';
import type { Clock, Instant } from '@managed-os/kernel';
import { CLOCK, DATABASE, EVENT_STORE } from '@managed-os/service-host';
import { type Kysely, sql } from 'kysely';
import { inputsOf, readAssignments, ReleaseCatalogue } from '../inputs/read-inputs.js';
import { nothingOwed, type Obligations } from '../obligations/obligations.state.js';
import { statesReached } from '../obligations/read-states.js';
import { look } from '../reevaluation/look.js';
import type { DeadlinesSettings } from '../settings.js';
import type { DeadlinesTables, DeviceRow } from '../tables.js';
import { SETTINGS } from '../tokens.js';
import { type Change, type Changed, changed } from './change.js';
import { type Impact, impactOf } from './impact.js';
import { type Summary, summaryOf } from './summary.js';

export interface Preview {
  readonly now: Instant;
  readonly summary: Summary;
  /** Of every Mac that the change concerns, by their ids. */
  readonly impacts: readonly Impact[];
}

interface Row extends DeviceRow {
  readonly blueprint_id: string | null;
  readonly state: Obligations | null;
}

/**
 * Says what a change would do to the Macs, by deciding as it will be decided then; nothing is written (X4). Throws
 * `StatesBehind` while it is not known what the Macs owe.
 */
@Injectable()
export class Previews {
  private readonly catalogue = new ReleaseCatalogue();

  constructor(
    @Inject(DATABASE) private readonly db: Kysely<DeadlinesTables>,
    @Inject(EVENT_STORE) private readonly store: EventStore<DeadlinesEvent>,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: DeadlinesSettings,
  ) {}

  /** Of an unsaved change of an admin. */
  of(change: Change): Promise<Preview> {
    return this.snapshot(async (db) => {
      const releases = await this.catalogue.read(db);
      return this.preview(db, await changed(db, change), releases);
    });
  }

  /** Of releases that are not announced; concerns every Mac. */
  ofReleases(change: (releases: readonly Release[]) => readonly Release[]): Promise<Preview> {
    return this.snapshot(async (db) => {
      const assignments = await readAssignments(db);
      const releases = change(await this.catalogue.read(db));
      const everywhere = { assignments, blueprintIds: [...assignments.keys()], arrives: false };
      return this.preview(db, everywhere, releases);
    });
  }

  private async snapshot<T>(work: (db: Kysely<DeadlinesTables>) => Promise<T>): Promise<T> {
    await statesReached(this.db, this.store, this.clock.real);
    return this.db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work);
  }

  private async preview(
    db: Kysely<DeadlinesTables>,
    { assignments, blueprintIds, arrives }: Changed,
    releases: readonly Release[],
  ): Promise<Preview> {
    const now = this.clock.now();
    const impacts = (await this.macsIn(db, blueprintIds)).map(({ blueprint_id, state, ...device }) => {
      const inputs = inputsOf(device, blueprint_id, assignments);
      return impactOf(state ?? nothingOwed, look(inputs, releases, this.settings, now), inputs.device.time_zone);
    });
    const { macs: fleet } = await db
      .selectFrom('devices')
      .select((eb) => sql<number>`${eb.fn.countAll()}::int`.as('macs'))
      .executeTakeFirstOrThrow();
    return { now, impacts, summary: summaryOf(impacts, { fleet, now, arrives }, this.settings.previewThreshold) };
  }

  private macsIn(db: Kysely<DeadlinesTables>, blueprintIds: readonly string[]): Promise<readonly Row[]> {
    return db
      .selectFrom('devices')
      .innerJoin('memberships', 'memberships.device_id', 'devices.device_id')
      .leftJoin('states', 'states.device_id', 'devices.device_id')
      .selectAll('devices')
      .select(['memberships.blueprint_id', 'states.state'])
      .where('memberships.blueprint_id', '=', sql<string>`any(${blueprintIds}::uuid[])`)
      .orderBy('devices.device_id')
      .execute();
  }
}

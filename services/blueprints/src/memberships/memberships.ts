import type { BlueprintsEvent } from '@managed-os/contracts';
import { type EventStore, type HandleContext, type Handled, handler } from '@managed-os/event-store';
import { reactionId } from '@managed-os/kernel';
import type { Kysely } from 'kysely';
import type { Blueprints } from '../blueprints/blueprints.js';
import type { BlueprintsTables } from '../blueprints/blueprints.projection.js';
import { membership, type MembershipInput } from './membership.decider.js';

/** A Mac of a Blueprint as the API shows it. */
export interface Member {
  readonly deviceId: string;
  readonly since: string;
}

/** Which Mac is in which Blueprint. */
export class Memberships {
  private readonly handleOne;

  constructor(
    store: EventStore<BlueprintsEvent>,
    private readonly db: Kysely<BlueprintsTables>,
    private readonly blueprints: Blueprints,
  ) {
    this.handleOne = handler(store, 'blueprint_membership', membership);
  }

  handle(input: MembershipInput, context: HandleContext): Promise<Handled<BlueprintsEvent, never>> {
    return this.handleOne(input.deviceId, input, context);
  }

  /**
   * Moves a Mac into a Blueprint; false when there is no such Blueprint. One that was removed at the same moment keeps no
   * Mac: either its removal sees this Mac, or this sees the removal and puts the Mac among the unassigned.
   */
  async move(deviceId: string, blueprintId: string, context: HandleContext): Promise<boolean> {
    if (!(await this.blueprints.exists(blueprintId))) return false;
    await this.handle({ type: 'MoveDevice', deviceId, blueprintId }, context);
    if (await this.blueprints.exists(blueprintId)) return true;
    await this.release(deviceId, blueprintId, context);
    return false;
  }

  /** Moves the Macs that came into a Blueprint while it was removed. */
  async evacuate(blueprintId: string, context: HandleContext): Promise<void> {
    const left = await this.db
      .selectFrom('memberships')
      .select('device_id')
      .where('blueprint_id', '=', blueprintId)
      .execute();
    for (const { device_id: deviceId } of left) await this.release(deviceId, blueprintId, context);
  }

  async in(blueprintId: string): Promise<readonly Member[]> {
    const rows = await this.db
      .selectFrom('memberships')
      .select(['device_id', 'since'])
      .where('blueprint_id', '=', blueprintId)
      .orderBy('device_id')
      .execute();
    return rows.map(({ device_id: deviceId, since }) => ({ deviceId, since: since.toISOString() }));
  }

  private release(deviceId: string, blueprintId: string, { cause }: HandleContext): Promise<unknown> {
    const idOf = (index: number): string => reactionId('release', cause.idOf(0), blueprintId, deviceId, index);
    return this.handle({ type: 'BlueprintRemoved', deviceId, blueprintId }, { cause: { ...cause, idOf } });
  }
}

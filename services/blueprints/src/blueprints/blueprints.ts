import type { BlueprintsEvent } from '@managed-os/contracts';
import { type EventStore, type HandleContext, type Handled, handler } from '@managed-os/event-store';
import type { Clock } from '@managed-os/kernel';
import type { Kysely } from 'kysely';
import { blueprint, type BlueprintInput, type BlueprintRejection, nameKeyOf, UNASSIGNED } from './blueprint.decider.js';
import type { BlueprintsTables } from './blueprints.projection.js';

/** A Blueprint as the API shows it. */
export interface BlueprintView {
  readonly id: string;
  readonly name: string;
  readonly builtIn: boolean;
  readonly items: readonly string[];
  /** How many Macs are in it. */
  readonly devices: number;
  readonly revision: string;
}

const SHOWN_WITHIN = 2_000;
const SHOWN_POLL = 10;

/** The Blueprints: one by its stream, where what was written is read at once, and all of them by the list. */
export class Blueprints {
  private readonly handleOne;

  constructor(
    private readonly store: EventStore<BlueprintsEvent>,
    private readonly db: Kysely<BlueprintsTables>,
    private readonly clock: Clock,
  ) {
    this.handleOne = handler(store, 'blueprint', blueprint);
  }

  /**
   * Carries a change out and waits (2 s at most) until the list shows it: the rules about names and about Macs read the
   * list, so that whoever asks next is judged by this change.
   */
  async handle(input: BlueprintInput, context: HandleContext): Promise<Handled<BlueprintsEvent, BlueprintRejection>> {
    const handled = await this.handleOne(input.blueprintId, input, context);
    if (handled.kind === 'accepted' && handled.events.length > 0) await this.shown(input.blueprintId, handled.revision);
    return handled;
  }

  /** `undefined` when there is no such Blueprint, or not any more. */
  async read(id: string): Promise<BlueprintView | undefined> {
    const devices = await this.devicesIn(id);
    if (id === UNASSIGNED.id) return { ...UNASSIGNED, builtIn: true, items: [], devices, revision: '0' };
    const { state, revision } = await this.store.load(`blueprint-${id}`, blueprint);
    if (state.is !== 'present') return undefined;
    return { id, name: state.name, builtIn: false, items: state.items, devices, revision: String(revision) };
  }

  async exists(id: string): Promise<boolean> {
    return id === UNASSIGNED.id || (await this.store.load(`blueprint-${id}`, blueprint)).state.is === 'present';
  }

  /** The built-in one first, the others by name. */
  async list(): Promise<readonly BlueprintView[]> {
    const [rows, assignments, counts] = await Promise.all([
      this.db.selectFrom('blueprints').selectAll().orderBy('name_key').orderBy('blueprint_id').execute(),
      this.db.selectFrom('assignments').selectAll().orderBy('item_id').execute(),
      this.db
        .selectFrom('memberships')
        .select(({ fn }) => ['blueprint_id', fn.countAll<string>().as('devices')])
        .groupBy('blueprint_id')
        .execute(),
    ]);
    const devices = new Map(counts.map((row) => [row.blueprint_id, Number(row.devices)]));
    const others = rows.map(({ blueprint_id: id, name, revision }) => ({
      id,
      name,
      builtIn: false,
      items: assignments.filter((row) => row.blueprint_id === id).map((row) => row.item_id),
      devices: devices.get(id) ?? 0,
      revision,
    }));
    const builtIn = {
      ...UNASSIGNED,
      builtIn: true,
      items: [],
      devices: devices.get(UNASSIGNED.id) ?? 0,
      revision: '0',
    };
    return [builtIn, ...others];
  }

  async nameHolder(name: string): Promise<string | null> {
    const row = await this.db
      .selectFrom('blueprints')
      .select('blueprint_id')
      .where('name_key', '=', nameKeyOf(name))
      .executeTakeFirst();
    return row?.blueprint_id ?? null;
  }

  async devicesIn(id: string): Promise<number> {
    const row = await this.db
      .selectFrom('memberships')
      .select(({ fn }) => fn.countAll<string>().as('devices'))
      .where('blueprint_id', '=', id)
      .executeTakeFirstOrThrow();
    return Number(row.devices);
  }

  async withItem(itemId: string): Promise<readonly string[]> {
    const rows = await this.db
      .selectFrom('assignments')
      .select('blueprint_id')
      .where('item_id', '=', itemId)
      .orderBy('blueprint_id')
      .execute();
    return rows.map((row) => row.blueprint_id);
  }

  private async shown(id: string, revision: bigint): Promise<void> {
    const { state } = await this.store.load(`blueprint-${id}`, blueprint);
    const { real } = this.clock;
    for (const began = real.elapsed(); real.elapsed() - began < SHOWN_WITHIN; await real.sleep(SHOWN_POLL)) {
      const row = await this.db
        .selectFrom('blueprints')
        .select('revision')
        .where('blueprint_id', '=', id)
        .executeTakeFirst();
      if (state.is === 'present' ? row && BigInt(row.revision) >= revision : !row) return;
    }
  }
}

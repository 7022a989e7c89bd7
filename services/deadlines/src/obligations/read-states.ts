import type { DeadlinesEvent } from '@managed-os/contracts';
import type { EventStore } from '@managed-os/event-store';
import type { RealTime } from '@managed-os/kernel';
import { type Kysely, sql } from 'kysely';
import type { DeadlinesTables } from '../tables.js';
import { nothingOwed } from './obligations.state.js';
import type { StreamState } from './record.js';
import { states } from './states.projection.js';

/** For the read model to catch up, in milliseconds; reading the streams instead is slower, and right too. */
const PATIENCE = 2_000;
const LOOK_EVERY = 5;

/**
 * What the Macs' streams say, without reading them one by one: nothing that was in the log at the call is missing.
 * `undefined` when the read model is too far behind.
 */
export const readStates = async (
  db: Kysely<DeadlinesTables>,
  store: Pick<EventStore<DeadlinesEvent>, 'lastPosition'>,
  real: RealTime,
  deviceIds: readonly string[],
): Promise<ReadonlyMap<string, StreamState> | undefined> => {
  if (!(await hasReached(db, real, await store.lastPosition()))) return undefined;
  const rows = await db
    .selectFrom('states')
    .selectAll()
    .where('device_id', '=', sql<string>`any(${deviceIds}::uuid[])`)
    .execute();
  const known = new Map<string, StreamState>(deviceIds.map((id) => [id, { state: nothingOwed, revision: 0n }]));
  for (const { device_id, state, revision } of rows) known.set(device_id, { state, revision: BigInt(revision) });
  return known;
};

/** The read model is behind the streams; it will be asked again. */
export class StatesBehind extends Error {
  override readonly name = 'StatesBehind';
  readonly code = 'states-behind';

  constructor() {
    super('what the Macs’ streams say is still being read');
  }
}

/** Resolves when the read model has all that was in the log at the call. Throws `StatesBehind` when that takes too long. */
export const statesReached = async (
  db: Kysely<DeadlinesTables>,
  store: Pick<EventStore<DeadlinesEvent>, 'lastPosition'>,
  real: RealTime,
): Promise<void> => {
  if (!(await hasReached(db, real, await store.lastPosition()))) throw new StatesBehind();
};

const hasReached = async (db: Kysely<DeadlinesTables>, real: RealTime, head: bigint): Promise<boolean> => {
  for (const start = real.elapsed(); real.elapsed() - start < PATIENCE; await real.sleep(LOOK_EVERY)) {
    const { rows } = await sql<{ reached: boolean }>`
      select position >= ${String(head)} as reached from checkpoints
      where projection = ${states.name} and version = ${states.version}`.execute(db);
    if (rows[0]?.reached) return true;
  }
  return false;
};

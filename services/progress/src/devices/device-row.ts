import { describe, type UpdateState } from '@managed-os/device-update';
import type { Insertable, Selectable } from 'kysely';
import type { DeviceTable } from '../tables.js';

/** What a Mac's inventory says. */
export type Identity = Pick<
  Selectable<DeviceTable>,
  'name' | 'serial_number' | 'model' | 'facts_revision' | 'enrolled'
>;

/** A Mac's row; what is stored as JSON is a value here. */
export type DeviceRow = Identity &
  Omit<Insertable<DeviceTable>, keyof Identity | 'because' | 'state'> & {
    readonly because: readonly string[];
    readonly state: UpdateState;
  };

/** Of a Mac's row, what the next one is made of. */
export type Known = Identity & Pick<DeviceRow, 'status' | 'reason' | 'stage' | 'since' | 'because' | 'state'>;

export const UNKNOWN_IDENTITY: Identity = {
  name: null,
  serial_number: null,
  model: null,
  facts_revision: 0,
  enrolled: true,
};

/** What brought a change: when, and the ids that answer why. */
export interface Because {
  readonly time: string;
  readonly ids: readonly string[];
}

/** A Mac's row: who it is, and what its folded stream says. Since and because stay while status, reason and stage do. */
export const deviceRow = (
  deviceId: string,
  identity: Identity,
  state: UpdateState,
  before: Known | undefined,
  because: Because,
): DeviceRow => {
  const now = describe(state);
  const { standing, observed } = state;
  const [reason, stage] = [now.reason ?? null, now.stage ?? null];
  const same = before?.status === now.status && before.reason === reason && before.stage === stage;
  const owes = now.status === 'due' || now.status === 'blocked';
  return {
    device_id: deviceId,
    ...identity,
    os_version: observed?.version ?? null,
    blueprint_id: standing?.blueprintId ?? null,
    item_id: standing?.itemId ?? null,
    status: now.status,
    reason,
    stage,
    since: same ? before.since : because.time,
    because: same ? before.because : because.ids,
    overdue: now.overdue,
    floor: (owes && standing?.floor) || null,
    target: (owes && standing?.target) || null,
    deadline: (owes && standing?.deadline) || null,
    deadline_local: (owes && standing?.deadlineLocal) || null,
    zone: (owes && standing?.zone) || null,
    who_acts_next: now.whoActsNext,
    next: now.next,
    next_at: now.nextAt ?? null,
    unknown_since: now.unknownSince ?? null,
    state,
  };
};

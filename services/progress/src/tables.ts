import type { UpdateState } from '@managed-os/device-update';
import type { ColumnType } from 'kysely';

/** Written as text, read as what the driver makes of it. */
type Instant = ColumnType<Date, string, string>;
type MaybeInstant = ColumnType<Date | null, string | null, string | null>;
type Json<T> = ColumnType<T, string, string>;

export interface DeviceTable {
  readonly device_id: string;
  readonly name: string | null;
  readonly serial_number: string | null;
  readonly model: string | null;
  readonly facts_revision: number;
  readonly enrolled: boolean;
  readonly os_version: string | null;
  readonly blueprint_id: string | null;
  readonly item_id: string | null;
  readonly status: string;
  readonly reason: string | null;
  readonly stage: string | null;
  readonly since: Instant;
  readonly because: Json<readonly string[]>;
  readonly overdue: boolean;
  readonly floor: string | null;
  readonly target: string | null;
  readonly deadline: MaybeInstant;
  readonly deadline_local: string | null;
  readonly zone: string | null;
  readonly who_acts_next: string;
  readonly next: string;
  readonly next_at: MaybeInstant;
  readonly unknown_since: MaybeInstant;
  readonly state: Json<UpdateState>;
}

export interface TimelineTable {
  readonly device_id: string;
  readonly entry: number;
  readonly event_id: string;
  readonly event: string;
  readonly context: string;
  readonly time: Instant;
  readonly sentence: string;
  readonly causation_id: string | null;
  readonly correlation_id: string;
  readonly actor: string;
}

export interface FailuresTable {
  readonly device_id: string;
  readonly kind: string;
  readonly cause: string;
  readonly said: string;
  /** Made by the database. */
  readonly said_digest: ColumnType<string, never, never>;
  readonly times: number;
  readonly first_at: Instant;
  readonly last_at: Instant;
}

/** The service's own tables, migrations 0001 and 0002. */
export interface ProgressTables {
  readonly devices: DeviceTable;
  readonly failures: FailuresTable;
  readonly timeline: TimelineTable;
}

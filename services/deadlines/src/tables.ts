import type { Fact } from '@managed-os/contracts';
import type { Generated, JSONColumnType } from 'kysely';
import type { Obligations, Purpose } from './obligations/obligations.state.js';

/** An item's version enforcement as the Library told it. */
export type Policy = Fact<'EnforcementConfigured'>['enforcement'];

export interface DeviceRow {
  readonly device_id: string;
  readonly facts_revision: number;
  readonly architecture: string | null;
  readonly os_version: string | null;
  readonly os_build: string | null;
  readonly software_update_device_id: string | null;
  readonly supervised: boolean | null;
  readonly mdm_enrolled: boolean;
  readonly bootstrap_token_escrowed: boolean;
  readonly agent_installed: boolean;
  readonly time_zone: string | null;
}

export interface ReleaseRow {
  readonly version: string;
  readonly build: string;
  readonly os: string;
  readonly kind: string;
  readonly released: string;
  /** Null: every Mac. */
  readonly supported_devices: readonly string[] | null;
  readonly installer: boolean;
  readonly combo_package: boolean;
  readonly change: Generated<string>;
}

export interface TimerRow {
  readonly device_id: string;
  readonly purpose: Purpose;
  readonly timer_id: string;
  readonly due_at: string;
  readonly obligation_id: string;
  readonly set_at: string;
  /** The `TimerSet` event, which caused what it leads to. */
  readonly set_by: string;
  readonly correlation_id: string;
}

/** A timer that fired late (X8). */
export interface LateTimerRow {
  readonly timer_id: string;
  readonly device_id: string;
  readonly purpose: Purpose;
  readonly due_at: string;
  readonly late_seconds: number;
  readonly because: string | null;
  readonly position: string;
}

/** The service's own tables. */
export interface DeadlinesTables {
  readonly items: {
    readonly item_id: string;
    readonly os: string;
    readonly policy: JSONColumnType<Policy & object>;
    readonly revision: string;
  };
  readonly assignments: { readonly blueprint_id: string; readonly item_id: string };
  readonly memberships: { readonly device_id: string; readonly blueprint_id: string; readonly position: string };
  readonly devices: DeviceRow;
  readonly releases: ReleaseRow;
  readonly overrides: { readonly item_id: string; readonly version: string; readonly span: string };
  readonly exploited: { readonly version: string; readonly os: string; readonly cves: readonly string[] };
  readonly planned_with: { readonly only_row: boolean; readonly settings: string };
  readonly reevaluations: { readonly device_id: string; readonly cause: string; readonly correlation_id: string };
  readonly timers: TimerRow;
  readonly late_timers: LateTimerRow;
  readonly states: {
    readonly device_id: string;
    readonly revision: string;
    readonly state: JSONColumnType<Obligations>;
  };
}

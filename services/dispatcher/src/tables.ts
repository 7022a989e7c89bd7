import type { Instant, LocalDateTime } from '@managed-os/kernel';
import type { Generated, Kysely, Selectable, Transaction } from 'kysely';

export interface EnrollmentsTable {
  readonly device_id: string;
  readonly udid: string;
  /** Null when another server vouches for the Mac. */
  readonly certificate: string | null;
  readonly certificate_key: string | null;
  readonly certificate_until: Instant | null;
  readonly number: Generated<number>;
  readonly state: 'authenticated' | 'enrolled' | 'unenrolled';
  readonly topic: string;
  readonly serial_number: string | null;
  readonly name: string | null;
  readonly model: string | null;
  readonly os_version: string | null;
  readonly os_build: string | null;
  readonly push_token: Buffer | null;
  readonly push_magic: string | null;
  readonly push_refused: Generated<boolean>;
  readonly push_attempts: Generated<number>;
  readonly bootstrap_token: Buffer | null;
  readonly bootstrap_token_number: number | null;
  readonly bootstrap_token_allowed: string | null;
  readonly silent_since: Instant | null;
  /** Null until this enrollment's Mac said so. */
  readonly supervised: boolean | null;
  readonly leaving: LeavingReason | null;
}

export type LeavingReason = 'checked_out' | 'replaced';

export interface LastSeenTable {
  readonly device_id: string;
  readonly at: Instant;
}

/** What others may request. */
export type RequestedKind = 'scan' | 'available' | 'download' | 'install' | 'inventory';
export type CommandKind =
  RequestedKind | 'daily_inventory' | 'daily_security' | 'watch_status' | 'watch_inventory' | 'declarations';
export type CommandState = 'queued' | 'sent' | 'deferred' | 'answered' | 'not_sent';
export type NotSentReason = 'withdrawn' | 'expired' | 're_enrolled' | 'unenrolled' | 'no_longer_owed' | 'not_supported';

export interface CommandsTable {
  readonly command_id: string;
  readonly device_id: string;
  readonly seq: Generated<string>;
  readonly kind: CommandKind;
  readonly request_id: string | null;
  readonly obligation_id: string | null;
  readonly attempt: number | null;
  readonly try: number | null;
  readonly product_key: string | null;
  readonly product_version: string | null;
  readonly install_action: string | null;
  readonly watch_id: string | null;
  readonly not_before: Instant;
  readonly not_after: Instant | null;
  readonly state: CommandState;
  readonly wake_at: Instant | null;
  readonly sent_at: Instant | null;
  readonly deferrals: Generated<number>;
  readonly ended_at: Instant | null;
  readonly not_sent_reason: NotSentReason | null;
  readonly reported: Generated<boolean>;
  readonly correlation_id: string;
  readonly causation_id: string | null;
}

/** Commands that another server queues for us; see nanomdm/. */
export interface HandedOverTable {
  readonly command_id: string;
  readonly device_id: string;
  readonly command_uuid: string;
  readonly at: Instant | null;
  readonly offered_at: Instant | null;
}

/** What another server told of the Macs that it serves; see nanomdm/. */
export interface ForeignMacsTable {
  readonly device_id: string;
  readonly checked_in_at: Generated<Instant | null>;
  readonly asked_at: Generated<Instant | null>;
  readonly is_mac: Generated<boolean | null>;
  readonly authenticated_at: Generated<Instant | null>;
  readonly token_at: Generated<Instant | null>;
  readonly token_kept: Generated<boolean | null>;
}

export interface WatchesTable {
  readonly watch_id: string;
  readonly device_id: string;
  readonly subject: 'download' | 'install';
  readonly interval_seconds: number;
  readonly longest_interval_seconds: number;
  readonly silent_after_seconds: number;
  readonly stop_after: Instant;
  readonly state: Generated<'open' | 'closed' | 'stopped'>;
  readonly pause_seconds: number;
  readonly polls: Generated<number>;
  readonly reports: Generated<number>;
  readonly unchanged: Generated<number>;
  readonly last_said: string | null;
  readonly half_said: string | null;
  readonly heard_at: Instant;
  readonly silent_at: Instant | null;
  readonly ended_at: Instant | null;
  readonly request_id: string;
  readonly correlation_id: string;
}

/** Why a requested enforcement is not to be offered any more. */
export type EnforcementEnd = 'withdrawn' | 'past_due' | 'unenrolled' | 're_enrolled';

export interface DeclaredTable {
  readonly device_id: string;
  readonly revision: Generated<number>;
  readonly request_id: string | null;
  readonly obligation_id: string | null;
  readonly attempt: number | null;
  readonly try: number | null;
  readonly correlation_id: string | null;
  readonly version: string | null;
  readonly build: string | null;
  readonly target_local_date_time: LocalDateTime | null;
  readonly earliest: Instant | null;
  readonly over: EnforcementEnd | null;
  readonly offered_token: string | null;
  readonly not_offered: string | null;
  readonly offer: Generated<number>;
  readonly offer_told: Generated<number>;
  readonly fetched_token: string | null;
  readonly said_of_enforcement: string | null;
  readonly said_of_update: string | null;
  readonly declarations: Generated<string>;
  readonly token: string | null;
  readonly changed_at: Instant | null;
  readonly sent: Instant | null;
  readonly acknowledged: Instant | null;
  readonly syncs: Generated<number>;
  readonly capabilities: string | null;
  readonly stale: Generated<boolean>;
  readonly settings: string | null;
  readonly capabilities_of: string | null;
  readonly reports: Generated<number>;
  readonly status: Generated<string>;
}

export interface ReleasesTable {
  readonly version: string;
  readonly build: string;
  readonly devices: string[];
  readonly public: Generated<boolean>;
  readonly installable: Generated<boolean>;
}

export interface SentToUpdateTable {
  readonly device_id: string;
  readonly version: string;
  readonly times: number;
}

export interface DispatcherTables {
  readonly enrollments: EnrollmentsTable;
  readonly last_seen: LastSeenTable;
  readonly commands: CommandsTable;
  readonly handed_over: HandedOverTable;
  readonly foreign_macs: ForeignMacsTable;
  readonly watches: WatchesTable;
  readonly declared: DeclaredTable;
  readonly releases: ReleasesTable;
  readonly sent_to_update: SentToUpdateTable;
}

export type Db = Kysely<DispatcherTables>;
/** A connection that may or may not be inside a transaction. */
export type Tx = Db | Transaction<DispatcherTables>;

export type Enrollment = Selectable<EnrollmentsTable>;
export type QueuedCommand = Selectable<CommandsTable>;
export type Watch = Selectable<WatchesTable>;
export type Declared = Selectable<DeclaredTable>;

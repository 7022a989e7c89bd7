import type { Instant, TimeOfDay } from '@managed-os/kernel';

export const ARCHITECTURES = ['apple_silicon', 'intel'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** A macOS release as this fleet's Macs come to know it. */
export interface Release {
  readonly version: string;
  readonly build: string;
  /** From then on a scan finds it. */
  readonly released: Instant;
  readonly sizeMb: number;
  /**
   * Until then it stays on offer beside newer ones of its major, and never after.
   * Without it, it leaves the list when a newer release of its major is public.
   */
  readonly withdrawn?: Instant;
}

/** Hours on the Mac's own wall clock; `to` before `from` spans midnight. */
export interface WeeklyHours {
  readonly from: TimeOfDay;
  readonly to: TimeOfDay;
  /** Days on which such a stretch begins, 1 = Monday … 7 = Sunday. */
  readonly days: readonly number[];
}

/** `Enforcement`: what a declaration makes the Mac do; the statuses of a download fail its download, the others its installation. */
export const FAILING_ACTIONS = ['DownloadOnly', 'InstallASAP', 'Enforcement'] as const;
export const FAILURE_STATUSES = [
  'DownloadFailed',
  'DownloadInsufficientSpace',
  'DownloadInsufficientPower',
  'DownloadInsufficientNetwork',
  'InstallInsufficientSpace',
  'InstallInsufficientPower',
  'InstallPhoneCallInProgress',
  'InstallFailed',
] as const;

/** A MacBook's. */
export interface Battery {
  readonly pluggedIn: 'always' | 'never' | WeeklyHours;
  /** Its charge, 0 to 1. */
  readonly level: number;
}

export const EVENTS = ['wiped', 'replaced', 're-enrolled', 'unenrolled'] as const;

/**
 * What ends an enrollment. Wiped: nothing is left but macOS. Replaced: the same, and the logic board is another one, so the UDID
 * is, too. Re-enrolled: the profile is removed and installed again. Unenrolled: it is removed.
 */
export interface LifeEvent {
  readonly at: Instant;
  readonly what: (typeof EVENTS)[number];
  /** The Mac says CheckOut before: one attempt, whatever comes of it. */
  readonly checkOut: boolean;
}

export const USER_CHANNELS = ['local', 'network'] as const;

/** Somebody sits in front of the Mac. Hours are hours in which it is awake. */
export interface User {
  readonly shortName: string;
  readonly longName: string;
  /** Has a channel of its own after logging in; a network user asks first, with UserAuthenticate. */
  readonly channel?: (typeof USER_CHANNELS)[number];
  /** Types the password that an installation waits for, so long after it was asked for; without it, never. */
  readonly authorizesAfterHours?: number;
  /** Installs an enforced update, so long after it is prepared; without it, not before macOS does it. */
  readonly updatesAfterHours?: number;
}

/** The first `times` answers to this action name this cause instead of doing it. */
export interface Failure {
  readonly action: (typeof FAILING_ACTIONS)[number];
  readonly status: (typeof FAILURE_STATUSES)[number];
  readonly times: number;
}

/** One Mac of a fleet file, every default filled in. */
export interface Mac {
  /** All chance in this Mac's life follows from this text (the fleet's seed and the serial number). */
  readonly chance: string;
  /** How many of its events are behind it; its secrets are others after each. */
  readonly life: number;
  /** In order. */
  readonly events: readonly LifeEvent[];
  /** The push topic of its enrollment. */
  readonly topic: string;
  readonly name: string;
  readonly serial: string;
  readonly udid: string;
  /** `MacBookPro18,3` */
  readonly model: string;
  /** `MacBook Pro` */
  readonly modelName: string;
  /** The board's name at Apple's update servers: `J314sAP`, `Mac-1E7E29AD0135F9BC`. */
  readonly softwareUpdateDeviceId: string;
  readonly architecture: Architecture;
  readonly osVersion: string;
  readonly osBuild: string;
  /** IANA time zone. */
  readonly zone: string;
  /** Whether macOS 26 and later answers the query for it. */
  readonly tellsZone: boolean;
  /** False: nobody with a secure token ever logs in, so no token is escrowed. */
  readonly bootstrapToken: boolean;
  readonly supervised: boolean;
  readonly awake: 'always' | WeeklyHours;
  /** Takes commands while it sleeps; on battery it answers them with NotNow until it wakes. */
  readonly powerNap: boolean;
  readonly battery?: Battery;
  readonly user: User;
  readonly freeDiskGb: number;
  /** The user tidies up: from `at` on there is so much space. */
  readonly diskFreed?: { readonly at: Instant; readonly freeDiskGb: number };
  readonly downloadMegabitsPerSecond: number;
  /** The reports of macOS 11.4 to 11.6 about downloads: `true` = each download draws how they go wrong, or not. */
  readonly flakyReports: boolean | 'still' | 'vanishing';
  /** Minor updates (all, or these versions) are already there, and MDM does not say so. */
  readonly alreadyCached: boolean | readonly string[];
  /** On battery in Power Nap for the first `first` commands; conditions change after `minutes`. */
  readonly notNow: { readonly first: number; readonly minutes: number };
  readonly failures: readonly Failure[];
  /** What this Mac may ever be offered; its own facts come from the file's list of releases. */
  readonly releases: readonly Release[];
}

export interface Fleet {
  readonly macs: readonly Mac[];
}

import type { Instant } from '@managed-os/kernel';
import type { DeclarativeState, Patience } from './declarations/declarative-state.js';
import type { Enforcement } from './enforcement/enforcement.js';
import type { Mac } from './fleet.js';

/** An update as the Mac's last scan found it. */
export interface Candidate {
  readonly productKey: string;
  readonly version: string;
  readonly build: string;
  readonly sizeMb: number;
  /** To a later major. */
  readonly major: boolean;
}

/** How MDM hears of a download: as it is, standing still, gone after the first looks, or never. */
export type Report = 'honest' | 'still' | 'vanishing' | 'silent';

export interface Download {
  readonly productKey: string;
  readonly startedAt: Instant;
  /** `null`: it stands still in truth, too. */
  readonly completeAt: Instant | null;
  readonly report: Report;
  /** How often a report showed it since it was last asked for. */
  readonly shown: number;
  /** How often it was asked for. */
  readonly attempts: number;
}

/** Who set an installation off. */
export type Cause = 'mdm' | 'declaration' | 'user';

export interface Installing {
  readonly candidate: Candidate;
  readonly requestedAt: Instant;
  readonly by: Cause;
  /** It will come back as the old version. */
  readonly fails: boolean;
}

interface Authorizable {
  /** When its user types the password; `null`: nobody does. */
  readonly userAt: Instant | null;
}

export type Install =
  /** Loads what is missing and prepares; restarts at `readyAt`. */
  | (Installing & { readonly stage: 'preparing'; readonly readyAt: Instant })
  /** Apple silicon asks the server for the bootstrap token right before it restarts. */
  | (Installing & Authorizable & { readonly stage: 'authorizing'; readonly askAt: Instant; readonly asked: number })
  /** Waits for a volume owner's password. */
  | (Installing & Authorizable & { readonly stage: 'user_needed' })
  /** The last minutes before the restart, for what a declaration or the user set off. */
  | (Installing & { readonly stage: 'committing'; readonly restartAt: Instant })
  | (Installing & { readonly stage: 'restarting'; readonly backAt: Instant });

export interface Installed {
  readonly version: string;
  readonly build: string;
  readonly by: Cause;
  readonly requestedAt: Instant;
  /** When the new version was first running. */
  readonly at: Instant;
}

export type Status = 'Idle' | 'Acknowledged' | 'Error' | 'CommandFormatError' | 'NotNow';

export type DefectKind =
  | 'unauthorized'
  | 'unrecognized-device'
  | 'malformed-reply'
  | 'malformed-command'
  | 'unknown-command'
  | 'removed-command'
  | 'removed-query'
  | 'device-command-on-user-channel'
  | 'major-upgrade-not-asap'
  | 'wrong-push-magic'
  | 'bootstrap-token-wrong'
  | 'tokens-malformed'
  | 'timestamp-backwards'
  | 'declaration-items-malformed'
  | 'declarations-token-mismatch'
  | 'declaration-malformed'
  | 'server-token-mismatch'
  | 'content-changed-under-token'
  | 'token-changed-without-content'
  | 'unadvertised-declaration'
  | 'too-long';

/** Something the server did that a server must not do. */
export interface Defect {
  readonly at: Instant;
  readonly kind: DefectKind;
  readonly detail: string;
}

/** The message the server has not yet accepted; kept and sent again until it has. */
export interface Unsent {
  readonly status: Status;
  readonly body: string;
}

/** The channel of the user who logged in, beside the Mac's own. */
export interface UserChannel extends Patience {
  /** `login`: not yet known to the server; `refused`: the server does not manage users. */
  readonly stage: 'login' | 'authenticated' | 'enrolled' | 'refused';
  readonly loginAt: Instant;
  readonly wantsToConnect: boolean;
  readonly unsent: Unsent | null;
}

/** All that a Mac remembers; plain JSON, replaced as a whole. */
export interface MacState {
  /** How many of its events are behind it. */
  readonly life: number;
  /** An event is waiting for CheckOut to be said. */
  readonly leaving: boolean;
  readonly osVersion: string;
  readonly osBuild: string;
  readonly installs: number;
  readonly history: readonly Installed[];
  readonly enrollment: 'none' | 'authenticated' | 'enrolled' | 'dropped';
  /** When somebody has logged in and the bootstrap token can be sent; `null` when it was, or never will be. */
  readonly escrowAt: Instant | null;
  readonly escrowed: boolean;
  /** A reason to connect: a push, a restart, changed conditions after NotNow. */
  readonly wantsToConnect: boolean;
  readonly unsent: Unsent | null;
  /** `null` when nobody with a channel of its own has enrolled the Mac. */
  readonly user: UserChannel | null;
  /** Exchanges that failed in a row, and when the next may be tried. */
  readonly failures: number;
  readonly retryAt: Instant | null;
  /** After a conversation that ended in NotNow. */
  readonly pollAt: Instant | null;
  readonly notNowLeft: number;
  readonly scanEndsAt: Instant | null;
  readonly scannedAt: Instant | null;
  readonly candidates: readonly Candidate[];
  readonly download: Download | null;
  readonly install: Install | null;
  /** `null` until the server turned declarations on. */
  readonly declarative: DeclarativeState | null;
  /** What a declaration makes it install; `null` when there is nothing, or nothing that Apple offers. */
  readonly enforced: Enforcement | null;
  /** When a version that a declaration names comes out. */
  readonly lookAgainAt: Instant | null;
  /** How often it told its user of an enforced update. */
  readonly notices: number;
  /** How often it restarted for an update, in vain or not. */
  readonly restarts: number;
  /** Digests of the documents that came, by identifier and token: the test bed's own memory, to catch a server out. */
  readonly documents: Readonly<Record<string, string>>;
  /** Per entry of the fleet file's `failures`, how many are still to come. */
  readonly failuresLeft: readonly number[];
  /** Pushes that reached it, for itself or its user. */
  readonly pushes: number;
  /** Commands answered, by request type; those of ScheduleOSUpdate by action. NotNow is not an answer. */
  readonly answered: Readonly<Record<string, number>>;
  readonly defects: readonly Defect[];
  readonly defectCount: number;
}

export const newState = (mac: Mac): MacState => ({
  life: 0,
  leaving: false,
  osVersion: mac.osVersion,
  osBuild: mac.osBuild,
  installs: 0,
  history: [],
  enrollment: 'none',
  escrowAt: null,
  escrowed: false,
  wantsToConnect: false,
  unsent: null,
  user: null,
  failures: 0,
  retryAt: null,
  pollAt: null,
  notNowLeft: mac.notNow.first,
  scanEndsAt: null,
  scannedAt: null,
  candidates: [],
  download: null,
  install: null,
  declarative: null,
  enforced: null,
  lookAgainAt: null,
  notices: 0,
  restarts: 0,
  documents: {},
  failuresLeft: mac.failures.map((failure) => failure.times),
  pushes: 0,
  answered: {},
  defects: [],
  defectCount: 0,
});

const DEFECTS_KEPT = 50;

export const withDefect = (state: MacState, at: Instant, kind: DefectKind, detail: string): MacState => ({
  ...state,
  defects: [...state.defects, { at, kind, detail }].slice(-DEFECTS_KEPT),
  defectCount: state.defectCount + 1,
});

/** The enrollment is gone, and with it every declaration; only a restart that has begun goes on. */
export const unenrolled = (state: MacState): MacState => {
  const isCommitted = state.install?.stage === 'committing' || state.install?.stage === 'restarting';
  const isOurs = state.install !== null && state.install.by !== 'mdm' && !isCommitted;
  return {
    ...state,
    enrollment: 'dropped',
    user: null,
    declarative: null,
    enforced: null,
    lookAgainAt: null,
    install: isOurs ? null : state.install,
  };
};

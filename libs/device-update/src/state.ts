import type { Fact, UpdatesEvent } from '@managed-os/contracts';
import { compareVersions, type Instant, parseVersion } from '@managed-os/kernel';

export type UpdateEvent = UpdatesEvent;
export const COMMAND_KINDS = ['scan', 'available', 'download', 'install'] as const;
export type CommandKind = (typeof COMMAND_KINDS)[number];
/** Fields of `StandingChanged` without the Mac's id. */
export type Standing = NonNullable<Fact<'AttemptClosed'>['standing']>;
export type Step = NonNullable<Standing['step']>;

/** How far the time of an obligation has come; later ones include the earlier ones. */
export const PHASES = ['waiting', 'prompting', 'overdue', 'countdown_over'] as const;
export type Phase = (typeof PHASES)[number];

/** A download that the Mac began and that is watched. */
export interface Download {
  readonly watchId: string;
  readonly try: number;
  /** The last report that counted. */
  readonly report: number;
  /** The update was in a report once. */
  readonly seen: boolean;
  readonly percent: number;
  readonly unchanged: number;
  readonly missing: number;
  /** Where the increase is measured from. */
  readonly measuredSince: Instant;
  readonly measuredFrom: number;
  /** Of the last report; absent until there is one that tells. */
  readonly reportedAt?: Instant;
  /** It went on within this try. */
  readonly moved: boolean;
}

/** An install that was asked for. */
export interface Install {
  readonly try: number;
  /** Absent until the Mac took it. */
  readonly watch?: {
    readonly watchId: string;
    readonly report: number;
    readonly status: string;
    readonly percent: number;
    readonly patienceUntil: Instant;
    readonly restarting: boolean;
  };
}

/** The time that a declaration says for an obligation. */
export type DeclaredTime = Fact<'AttemptClosed'>['declared'][number];

/** The enforcement that was requested of the Mac. */
export interface Declaration {
  readonly try: number;
  /** The instant of enforcement that it stands for. */
  readonly deadline: string;
  /** requested, or as in `DeclarationObserved`. */
  readonly state: string;
  /** Of the document that is offered; absent while none is. */
  readonly serverToken?: string;
  readonly said: string;
  /** It is requested again after the Mac was not enrolled for the one before. */
  readonly again?: true;
}

/** Why nothing is sent or offered to a Mac that left, or that is about to enroll again. */
export const NOT_ENROLLED: readonly string[] = ['unenrolled', 're_enrolled'];

/** Why a declaration is not offered that nobody refused: Apple does not have the version any more, and perhaps will again. */
export const VERSION_GONE = 'version_gone';

/** It cannot be offered to the Mac, or the Mac does not put it in force; `said` names why. */
export const isRefused = ({ state, said }: Declaration): boolean =>
  (state === 'not_offered' || state === 'not_in_force') && ![VERSION_GONE, ...NOT_ENROLLED, ''].includes(said);

/** What the Mac said last of the update that macOS makes by itself. */
export type OwnUpdate = Omit<Fact<'UpdateStateObserved'>, 'type' | 'deviceId' | 'attempt'>;

/** One life of an obligation on this Mac, towards the next step of its plan. */
export interface Attempt {
  readonly number: number;
  readonly obligationId: string;
  readonly floor: string;
  readonly version: string;
  readonly build?: string;
  readonly mechanism: string;
  /** The last try of each command. */
  readonly tries: Readonly<Partial<Record<string, number>>>;
  /** The command whose answer is awaited; there is never more than one. */
  readonly awaiting?: { readonly kind: string; readonly try: number; readonly notBefore?: string };
  /** The commands that are not requested again, because the Mac called them malformed. */
  readonly malformed: readonly string[];
  /** The next request is not sent before. */
  readonly pause?: { readonly after: string; readonly until: string };
  /** Set once it is recorded that nobody can be prompted. */
  readonly unprompted?: { readonly countdownEnds?: string };
  readonly candidate?: { readonly productKey: string; readonly version: string; readonly build?: string };
  /** Looks in a row without finding the candidate. */
  readonly looks: number;
  readonly download?: Download;
  /** Tries in a row that ended stuck. */
  readonly stalls: number;
  /** Stuck or presumed on a version whose reports are unreliable: the wording names Apple's limitation. */
  readonly unreliable: boolean;
  readonly cached: 'no' | 'said' | 'presumed';
  /** An inference was wrong: the update is downloaded before the next install. */
  readonly downloadFirst: boolean;
  readonly wrongInferences: number;
  readonly install?: Install;
  readonly declaration?: Declaration;
  readonly own?: OwnUpdate;
  readonly failure?: {
    readonly kind: string;
    readonly cause: string;
    readonly said: string;
    readonly retryAt?: string;
    readonly count?: number;
  };
}

/** Everything that the next decision on a Mac's updates rests on. */
export interface UpdateState {
  /** The newest revision of the Mac's facts that was seen. */
  readonly factsRevision: number;
  /** `confirmed`: the Mac's facts said so; else an answer that came before its facts. */
  readonly observed?: { readonly version: string; readonly build?: string; readonly confirmed: boolean };
  /** The Mac's zone, by the facts of that revision. */
  readonly zone?: NonNullable<Fact<'AttemptClosed'>['zone']>;
  readonly silentSince?: string;
  readonly standing?: Standing;
  /** How far obligations have come that are not the standing's; the newest last. */
  readonly otherPhases: readonly { readonly obligationId: string; readonly phase: string }[];
  /** The number of the last attempt. */
  readonly attempts: number;
  readonly attempt?: Attempt;
  /** What declarations said for obligations; the newest last. */
  readonly declared: readonly DeclaredTime[];
}

export const initialState: UpdateState = { factsRevision: 0, otherPhases: [], attempts: 0, declared: [] };

/** Obligations come and go over the years of a Mac; of so many it is remembered what was said. */
const REMEMBERED = 8;

/** The same with what is said of an obligation now; the newest last. */
export const remembered = <T extends { readonly obligationId: string }>(known: readonly T[], now: T): readonly T[] =>
  [...known.filter(({ obligationId }) => obligationId !== now.obligationId), now].slice(-REMEMBERED);

export const declaredFor = (obligationId: string | undefined, { declared }: UpdateState): DeclaredTime | undefined =>
  declared.find((time) => time.obligationId === obligationId);

/** How far the time of an obligation has come, as far as is known. */
export const phaseOf = (obligationId: string, { standing, otherPhases }: UpdateState): string =>
  standing?.obligationId === obligationId
    ? standing.phase
    : (otherPhases.find((other) => other.obligationId === obligationId)?.phase ?? 'waiting');

/** Words that this version does not know rank with `waiting`. */
export const rankOf = (phase: string): number => Math.max(0, (PHASES as readonly string[]).indexOf(phase));

/** Numeric order of two versions; false when one of them is no version, so nothing is decided on it. */
export const below = (a: string, b: string): boolean =>
  parseVersion(a) !== undefined && parseVersion(b) !== undefined && compareVersions(a, b) < 0;

/** What is pending on the Mac is what the attempt installs, or it is not named. */
export const isOwnUpdate = ({ version }: Attempt, pendingVersion: string | undefined): boolean =>
  pendingVersion === undefined || sameVersion(pendingVersion, version);

export const sameVersion = (a: string, b: string): boolean =>
  parseVersion(a) !== undefined && parseVersion(b) !== undefined && compareVersions(a, b) === 0;

export const atLeast = (a: string, b: string): boolean =>
  parseVersion(a) !== undefined && parseVersion(b) !== undefined && compareVersions(a, b) >= 0;

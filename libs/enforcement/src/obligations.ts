import {
  addDays,
  addPeriod,
  type CivilDate,
  type Instant,
  localAt,
  type LocalDateTime,
  type Span,
  type TimeOfDay,
  wallClockToInstant,
} from '@managed-os/kernel';
import type { Offer, Sequence } from './catalogue.js';
import type { Automatic, Manual, WindowException } from './plan-input.js';
import { remembered } from './remembered.js';
import { type VersionCode, versionCode } from './version-code.js';

/** "This Mac must be at this version or a later one by that instant." */
export interface Obligation {
  /** The floor (Q1): a later version fulfils it too. */
  readonly version: string;
  /** `policy`, or the version of the release that opened it. */
  readonly openedBy: string;
  readonly deadline: Instant;
  readonly notifyFrom: Instant;
  /** The deadline as the wall clock of `zone` shows it. */
  readonly deadlineLocal: LocalDateTime;
  readonly zone: string;
  /** What the deadline of an obligation that a release opened was reckoned from. */
  readonly reckoning?: Reckoning;
}

export interface Reckoning {
  /** Apple's date (S61). */
  readonly released: CivilDate;
  readonly window: Span;
  /** Why it is not the item's window (Q40, X13). */
  readonly because?: WindowException['because'];
  /** The deadline by the item's window, where another one counts. */
  readonly regularDeadline?: Instant;
  readonly cves: readonly string[];
}

/** An obligation with its floor as a number. */
export interface Owed {
  readonly floor: VersionCode;
  readonly obligation: Obligation;
}

type Times = Pick<Obligation, 'deadline' | 'notifyFrom' | 'deadlineLocal'>;

/** Conversions through a zone are the dear part of a plan, and a fleet shares few of them. */
const times = new Map<string, Times>();
const MOST_TIMES = 20_000;

/**
 * The moments are fixed here, on the server, in the zone of the policy (S69). Prompts and downloads begin at notify-from,
 * so many days before the deadline (S48, S66). Both are nominal wall-clock times, each corrected on its own at a change
 * of the clocks (Q23).
 */
const timesOf = (
  from: CivilDate,
  window: Span | undefined,
  time: TimeOfDay,
  zone: string,
  notificationDays: number,
): Times => {
  const key = `${from} ${window} ${time} ${notificationDays} ${zone}`;
  return remembered(times, MOST_TIMES, key, () => {
    const date = window ? addPeriod(from, window) : from;
    const deadline = wallClockToInstant(date, time, zone);
    return {
      deadline,
      notifyFrom: wallClockToInstant(addDays(date, -notificationDays), time, zone),
      deadlineLocal: localAt(deadline, zone),
    };
  });
};

/**
 * The latest version is what is owed (S2, S59): one obligation per release of the sequence, by deadline and then version
 * (Q28, X7). The window counts from Apple's release date (S61), a civil date in the zone (Q29).
 */
const automatic = (sequence: Sequence, policy: Automatic, zone: string, notificationDays: number): readonly Owed[] =>
  sequence
    .map(({ code, version, released }) => {
      const reckoning = reckoningOf(policy, code, released, zone);
      const times = timesOf(released, reckoning.window, policy.time, zone, notificationDays);
      return { floor: code, obligation: { version, openedBy: version, ...times, zone, reckoning } };
    })
    .sort((a, b) => compare(a.obligation.deadline, b.obligation.deadline) || a.floor - b.floor);

const reckoningOf = (
  { window, time, exceptions }: Automatic,
  code: VersionCode,
  released: CivilDate,
  zone: string,
): Reckoning => {
  const exception = exceptions?.find(({ version }) => versionCode(version) === code);
  const counts =
    exception &&
    (exception.because === 'override' || addPeriod(released, exception.window) < addPeriod(released, window));
  if (!counts) return { released, window, cves: [] };
  const { because, cves } = exception;
  const regularDeadline = wallClockToInstant(addPeriod(released, window), time, zone);
  return { released, window: exception.window, because, cves, regularDeadline };
};

const compare = (a: Instant, b: Instant): number => (a < b ? -1 : a > b ? 1 : 0);

/** Of one offer. */
const MOST_POLICIES = 1_000;

/** Exceptions as a part of a key; texts of arrays that are the same for a whole fleet are made once. */
const keys = new WeakMap<readonly WindowException[], string>();
const keyOf = (exceptions: readonly WindowException[] | undefined): string => {
  if (exceptions === undefined || exceptions.length === 0) return '';
  const known = keys.get(exceptions);
  if (known !== undefined) return known;
  const key = JSON.stringify(exceptions);
  keys.set(exceptions, key);
  return key;
};

/** As `automatic`, derived once per offer and policy. */
export const automaticObligations = (
  { sequence, owed }: Offer,
  policy: Automatic,
  zone: string,
  notificationDays: number,
): readonly Owed[] =>
  remembered(
    owed,
    MOST_POLICIES,
    `${policy.window} ${policy.time} ${notificationDays} ${zone}${keyOf(policy.exceptions)}`,
    () => automatic(sequence, policy, zone, notificationDays),
  );

/** The one obligation of a policy that names version and date (S1, S60, S64). */
export const manualObligation = (policy: Manual, zone: string, notificationDays: number): Owed => ({
  floor: versionCode(policy.minimumVersion),
  obligation: {
    version: policy.minimumVersion,
    openedBy: 'policy',
    ...timesOf(policy.deadlineDate, undefined, policy.time, zone, notificationDays),
    zone,
  },
});

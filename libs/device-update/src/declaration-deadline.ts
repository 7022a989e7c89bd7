import { addMillis, type Instant, instant, localAt, type LocalDateTime, toMillis } from '@managed-os/kernel';

/** What section 6a of the specification looks at. */
export interface DeadlineInDeclaration {
  /** Of the obligation: already reckoned in the zone of the policy, or in the Mac's (in UTC while that is unknown). */
  readonly deadline: Instant;
  /** The policy goes by the Mac's own wall clock. */
  readonly deviceLocal: boolean;
  /** The Mac's own, when the agent or the inventory told it. */
  readonly deviceZone?: string | undefined;
  readonly now: Instant;
  readonly countdownMinutes: number;
}

export interface DeclaredDeadline {
  /** `TargetLocalDateTime`: what the Mac's own wall clock has to show. */
  readonly targetLocalDateTime: LocalDateTime;
  /** When the Mac gets there if its zone is the one farthest east; notify-from counts from here (section 6a). */
  readonly earliestPossibleInstant: Instant;
  /** When the Mac gets there if its zone is the one farthest west. */
  readonly latestPossibleInstant: Instant;
  readonly zoneUnknown: boolean;
}

const HOUR = 3_600_000;
const MINUTE = 60_000;
/** Where a day begins first and last: UTC+14 and UTC−12, whose names in the database have the sign turned round. */
const EAST = { zone: 'Etc/GMT-14', offset: 14 * HOUR };
const WEST = { offset: -12 * HOUR };

/**
 * The deadline as a declaration says it (S69): the Mac's wall clock, never before the instant that was promised. A gap of the Mac's clock needs no correction: an instant never reads as a time that was
 * skipped, and a deadline on the Mac's own clock was moved behind the gap when it was reckoned (Q23). Never past on any
 * clock that can be the Mac's. To be computed once per obligation: an overdue deadline moves with `now`.
 */
export const declarationDeadline = (asked: DeadlineInDeclaration): DeclaredDeadline => {
  const { deviceLocal, deviceZone } = asked;
  const soon = wholeMinute(addMillis(asked.now, asked.countdownMinutes * MINUTE));
  const overdue = asked.deadline <= asked.now;
  const at = overdue ? soon : asked.deadline;
  if (deviceZone)
    return {
      targetLocalDateTime: localAt(at, deviceZone),
      earliestPossibleInstant: at,
      latestPossibleInstant: at,
      zoneUnknown: false,
    };
  const declared = anywhere(localAt(at, deviceLocal ? 'UTC' : EAST.zone));
  // Past where the day began first is perhaps past on the Mac, which would restart at once (trap 14).
  const perhapsPast = overdue || declared.earliestPossibleInstant <= asked.now;
  return perhapsPast ? anywhere(localAt(soon, EAST.zone)) : declared;
};

const wholeMinute = (at: Instant): Instant => instant(Math.ceil(toMillis(at) / MINUTE) * MINUTE);

/** What a wall clock's reading can mean where nobody knows whose wall it hangs on. */
const anywhere = (targetLocalDateTime: LocalDateTime): DeclaredDeadline => {
  const reading = Date.parse(`${targetLocalDateTime}Z`);
  return {
    targetLocalDateTime,
    earliestPossibleInstant: instant(reading - EAST.offset),
    latestPossibleInstant: instant(reading - WEST.offset),
    zoneUnknown: true,
  };
};

import { type Instant, isZone, localAt } from '@managed-os/kernel';
import { DECLARED_STAGES } from './declared-sentences.js';
import { isApples, relabel } from './failures.js';
import { declarationWay } from './mechanisms.js';
import { failureHolding, isOwed, type Stage, stageOf } from './stage.js';
import { BLOCKED, INCOMPATIBLE, NOT_DUE, PURSUED, type Sentence, STAGES } from './sentences.js';
import { rankOf, type UpdateState } from './state.js';

/** Who is to act next. */
export type Actor = 'nobody' | 'mac' | 'us' | 'apple' | 'user' | 'admin';

/** One Mac's present, in words (X2): what it is, what holds it, who acts, what happens next and when. */
export interface Description {
  readonly status: string;
  readonly reason?: string;
  readonly stage?: Stage;
  /** The deadline passed and the version is not there. */
  readonly overdue: boolean;
  readonly whoActsNext: Actor;
  /** One plain sentence. */
  readonly next: string;
  readonly nextAt?: string;
  /** The Mac has said nothing since; what is known of it is old (X11). */
  readonly unknownSince?: string;
}

/** What is said of failures that are Apple's (S22). */
export const APPLES_LIMITATION =
  'This is a limitation of Apple; please tell Apple through Feedback Assistant (https://feedbackassistant.apple.com).';

/** Said of their download failures (S20, S22). */
export const UNRELIABLE = 'macOS 11.4 to 11.6 reports downloads unreliably.';

/** What a folded stream says today. Pure, so the same history gives the same words; a cause learned since is named. */
export const describe = (state: UpdateState): Description => {
  const description = describeHeard(state);
  if (state.silentSince === undefined) return description;
  return {
    ...description,
    whoActsNext: description.status === 'not_managed' ? 'nobody' : 'user',
    next: `The Mac has said nothing since ${instantText(state.silentSince)}; somebody should switch it on. Last known: ${description.next}`,
    unknownSince: state.silentSince,
  };
};

const describeHeard = (state: UpdateState): Description => {
  const { standing } = state;
  if (!standing)
    return {
      status: 'unknown',
      reason: 'not_evaluated',
      overdue: false,
      whoActsNext: 'us',
      next: 'What this Mac owes has not been worked out yet.',
    };
  const overdue = isOwed(state) && rankOf(standing.phase) >= rankOf('overdue');
  if (standing.status === 'due') return { status: 'due', overdue, ...due(state) };
  const { who, text } = notDue(standing.status, standing.reason, standing.step !== undefined);
  return {
    status: standing.status,
    ...(standing.reason !== undefined && { reason: standing.reason }),
    overdue,
    whoActsNext: who,
    next: text,
  };
};

const notDue = (status: string, reason = '', pursued = false): Sentence => {
  if (status === 'blocked' && pursued) return PURSUED[reason] ?? notDue(status, reason);
  if (status === 'blocked') return BLOCKED[reason] ?? { who: 'admin', text: `It cannot be updated: ${reason}.` };
  if (status === 'incompatible')
    return INCOMPATIBLE[reason] ?? { who: 'admin', text: `It cannot be updated by management: ${reason}.` };
  return NOT_DUE[status] ?? { who: 'us', text: `Its standing is ${status}.` };
};

const due = (state: UpdateState): Pick<Description, 'reason' | 'stage' | 'whoActsNext' | 'next' | 'nextAt'> => {
  const stage = stageOf(state);
  const own = declarationWay(state.attempt?.mechanism) ? DECLARED_STAGES[stage] : undefined;
  const sentence = own ?? STAGES[stage];
  const { who, text, at, reason } = sentence(state, (instant) => when(instant, state.standing?.zone));
  return {
    stage,
    ...(reason !== undefined && { reason }),
    whoActsNext: who,
    next: `${text}${limitation(stage, state)}`,
    ...(at !== undefined && { nextAt: at }),
  };
};

/** What is told of a Mac that downloads, or that counts as having done so. */
const DOWNLOADING: readonly Stage[] = ['caching', 'cached_assumed'];

/**
 * Failures that are Apple's are called so, with encouragement to tell Apple (S22). One that somebody else can mend is none,
 * also on macOS 11.4 to 11.6; what is unreliable there is the download (S20).
 */
const limitation = (stage: Stage, { attempt }: UpdateState): string => {
  const failure = stage === 'failed' ? attempt && failureHolding(attempt) : undefined;
  const named = failure && relabel(failure.cause, failure.said);
  const ofDownload = named ? failure.kind === 'download' && isApples(named) : DOWNLOADING.includes(stage);
  if (attempt?.unreliable === true && ofDownload) return ` ${UNRELIABLE} ${APPLES_LIMITATION}`;
  return named?.whoActs === 'apple' ? ` ${APPLES_LIMITATION}` : '';
};

/** An instant on the wall clock of the enforcement's zone, where that is known. */
const when = (at: string, zone: string | undefined): string =>
  zone === undefined || zone === 'UTC' || !isZone(zone)
    ? instantText(at)
    : `${minuteText(localAt(at as Instant, zone))} (${zone})`;

const instantText = (at: string): string => `${minuteText(at)} UTC`;
const minuteText = (at: string): string => at.slice(0, 16).replace('T', ' ');

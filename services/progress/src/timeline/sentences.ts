import {
  APPLES_LIMITATION,
  byItself,
  isApples,
  relabel,
  UNRELIABLE,
  type UpdateEvent,
} from '@managed-os/device-update';
import { at, because, percent, type Sentences, times, utc, wall } from './phrases.js';

/** Each own event in one plain sentence. */
export const OWN: Sentences<UpdateEvent['type']> = {
  StandingChanged: ({ status, reason, floor, deadlineLocal, zone }) =>
    status === 'due' && floor !== undefined
      ? `The Mac owes macOS ${floor}${at(deadlineLocal, zone, ' by ')}.`
      : `The Mac’s standing is ${status}${because(reason)}.`,
  DeviceWentSilent: ({ since }) => `The Mac has said nothing since ${utc(since)}; what is known of it is old.`,
  DeviceReturned: () => 'The Mac spoke again.',
  VersionObserved: ({ osVersion, osBuild }) =>
    `macOS ${osVersion}${osBuild === undefined ? '' : ` (${osBuild})`} was seen on the Mac.`,
  AttemptOpened: ({ attempt, version, mechanism }) =>
    `Attempt ${attempt} towards macOS ${version} began, by ${mechanism}.`,
  ZoneObserved: ({ timeZone }) =>
    timeZone === undefined ? 'The Mac does not tell its time zone any more.' : `The Mac is in the zone ${timeZone}.`,
  PhaseReached: ({ phase, mechanism }) =>
    (mechanism === 'ddm_enforcement' ? DECLARED_PHASES : PHASES)[phase] ?? `The phase ${phase} began.`,
  PromptImpossible: ({ countdownEnds }) =>
    `Nobody can be prompted, because our agent is not on the Mac; the server waits${countdownEnds === undefined ? '' : ` until ${utc(countdownEnds)}`} instead.`,
  CommandRequested: ({ kind, try: number, notBefore }) =>
    `${COMMANDS[kind] ?? `The command ${kind}`} was requested${number > 1 ? `, try ${number}` : ''}${notBefore === undefined ? '' : `, not before ${utc(notBefore)}`}.`,
  CommandsWithdrawn: ({ kind }) =>
    `Requests that were not sent yet were withdrawn${kind === undefined ? '' : ` (${kind})`}.`,
  WatchRequested: ({ subject, intervalSeconds }) =>
    `The Mac is asked about the ${subject} every ${Math.round(intervalSeconds / 60)} minutes from now on.`,
  WatchClosed: () => 'The Mac is not asked about it any more.',
  CandidateFound: ({ version, productKey }) => `Apple offers macOS ${version} to this Mac (${productKey}).`,
  CandidateMissing: ({ version, looks, retryAt }) =>
    `Apple does not offer macOS ${version} to this Mac yet (look ${looks}); it looks again at ${utc(retryAt)}.`,
  DownloadStarted: ({ try: number }) => `The download began, try ${number}.`,
  DownloadObserved: ({ listed, percentComplete, unchanged }) =>
    listed
      ? `${percent(percentComplete)} are downloaded${unchanged > 0 ? `, no increase in ${unchanged} polls` : ''}.`
      : `The Mac does not report the download${unchanged > 0 ? `, no increase in ${unchanged} polls` : ''}.`,
  DownloadStalled: ({ try: number, how, inARow, enough, unreliableReporting }) =>
    `Download try ${number} ended without progress (${how}): ${inARow} of ${enough} in a row.${unreliableReporting ? UNRELIABLY : ''}`,
  UpdateCached: () => 'The update is on the Mac, as the Mac says.',
  UpdatePresumedCached: ({ tries }) =>
    `The update counts as being on the Mac already, because ${tries} tries in a row did not progress.`,
  InferenceWrong: () => 'The update was not on the Mac after all; it is downloaded afresh.',
  InstallRequested: ({ trigger, try: number }) =>
    `The install was asked for (${trigger}${number > 1 ? `, try ${number}` : ''}).`,
  InstallStarted: ({ said }) =>
    `The Mac took the install${said === '' ? '' : ` and says “${said}”`}; a long wait is expected.`,
  InstallObserved: ({ status, percentComplete }) =>
    status === ''
      ? 'The Mac is back and says nothing of the install.'
      : `The install: “${status}”, ${percent(percentComplete)}.`,
  RestartPresumed: () => 'The Mac does not answer: it is probably restarting.',
  AttemptFailed: ({ kind, cause, said, retryAt, count, unreliableReporting }) => {
    const failure = relabel(cause, said);
    const words = said === '' ? '' : ` The Mac said “${said}”.`;
    const again = retryAt === undefined ? byItself(kind, count) : ` Tried again at ${utc(retryAt)}.`;
    const apples = unreliableReporting === true && isApples(failure);
    return `The ${kind} failed: ${failure.cause}. ${failure.remedy}${words}${again}${apples ? UNRELIABLY : ''}`;
  },
  DeclarationRequested: ({ version, targetLocalDateTime, zone, latest }) =>
    `macOS ${version} is declared to the Mac, for ${wall(targetLocalDateTime)} on its own clock${zone === undefined ? `, wherever it is (${utc(latest)} at the latest)` : ` (${zone})`}. Prompts, countdown and restart are macOS’s: our agent shows neither banner nor countdown.`,
  DeclarationWithdrawn: ({ reason }) => `The declaration was withdrawn: ${reason}.`,
  DeclarationObserved: ({ state, said }) => DECLARATIONS[state]?.(said) ?? `The declaration is ${state}.`,
  UpdateStateObserved: ({ installState, pendingVersion, pendingLocalDateTime, installReasons, failures }) =>
    `The update that macOS makes by itself: ${[
      installState === '' ? 'no word of its state' : `“${installState}”`,
      ...(pendingVersion === undefined
        ? []
        : [`macOS ${pendingVersion}${at(pendingLocalDateTime, undefined, ' for ')}`]),
      ...(installReasons.length > 0 ? [`because of ${installReasons.join(', ')}`] : []),
      ...(failures > 0 ? [`failed ${times(failures)}`] : []),
    ].join(', ')}.`,
  AttemptClosed: ({ attempt, outcome, observedVersion }) =>
    outcome === 'verified' && observedVersion !== undefined
      ? `Attempt ${attempt} is over: macOS ${observedVersion} is verified.`
      : `Attempt ${attempt} is over: ${outcome}.`,
};

const PHASES: Readonly<Record<string, string>> = {
  prompting: 'Preparing and prompting begin.',
  overdue: 'The deadline has passed; the countdown begins.',
  countdown_over: 'The countdown is over; the install is due.',
};

/** Where macOS prompts, counts down and restarts by itself (row 8, section 6b). */
const DECLARED_PHASES: Readonly<Record<string, string>> = {
  prompting: 'The time to prepare has come: macOS is told what to install, and prompts by itself.',
  overdue: 'The deadline has passed; counting down and restarting is up to macOS.',
  countdown_over: 'Our own countdown would be over; on this Mac it is macOS that counts.',
};

const DECLARATIONS: Readonly<Record<string, (said: string) => string>> = {
  offered: () => 'The declaration was offered to the Mac; that it is carried out is still to be seen.',
  not_offered: (why) => `The declaration is not offered to the Mac: ${why}.`,
  fetched: () => 'The declaration is on the Mac.',
  in_force: () => 'The declaration is in force on the Mac.',
  not_in_force: (said) => `The declaration is not in force on the Mac${said === '' ? '' : `: “${said}”`}.`,
};

const UNRELIABLY = ` ${UNRELIABLE} ${APPLES_LIMITATION}`;

const COMMANDS: Readonly<Record<string, string>> = {
  scan: 'A scan for updates',
  available: 'The list of available updates',
  download: 'The download',
  install: 'The install',
  inventory: 'The inventory',
};

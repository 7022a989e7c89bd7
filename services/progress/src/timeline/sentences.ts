import type { Fact, ManagedOsEvent } from '@managed-os/contracts';
import { relabel, type UpdateEvent } from '@managed-os/device-update';

type Sentences<N extends ManagedOsEvent['type']> = { readonly [K in N]: (event: Fact<K>) => string };

/** What other contexts say of a Mac, and the timeline shows. */
export type Told =
  | 'ObligationOpened'
  | 'ObligationClosed'
  | 'ObligationRescheduled'
  | 'PlanChanged'
  | 'NotifyFromReached'
  | 'DeadlineReached'
  | 'CountdownEnded'
  | 'DeviceEnrolled'
  | 'DeviceUnenrolled'
  | 'DeviceFactsChanged'
  | 'CommandSent'
  | 'CommandNotSent'
  | 'CommandDeferred'
  | 'CommandAnswered'
  | 'WatchReported'
  | 'WatchSilent'
  | 'WatchStopped'
  | 'DeviceSilent'
  | 'DeviceHeard';

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
  PhaseReached: ({ phase }) => PHASES[phase] ?? `The phase ${phase} began.`,
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
    `Download try ${number} ended without progress (${how}): ${inARow} of ${enough} in a row${unreliableReporting ? '. This macOS reports downloads unreliably, which is a limitation of Apple' : ''}.`,
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
  AttemptFailed: ({ kind, cause, said, retryAt }) => {
    const { cause: now, remedy } = relabel(cause, said);
    return `The ${kind} failed: ${now}. ${remedy}${said === '' ? '' : ` The Mac said “${said}”.`}${retryAt === undefined ? '' : ` Tried again at ${utc(retryAt)}.`}`;
  },
  AttemptClosed: ({ attempt, outcome, observedVersion }) =>
    outcome === 'verified' && observedVersion !== undefined
      ? `Attempt ${attempt} is over: macOS ${observedVersion} is verified.`
      : `Attempt ${attempt} is over: ${outcome}.`,
};

/** What deadlines and devices said, in one plain sentence. */
export const TOLD: Sentences<Told> = {
  ObligationOpened: ({ version, openedBy, deadlineLocal, zone }) =>
    `macOS ${version} is owed${at(deadlineLocal, zone, ' by ')}, because of ${openedBy === 'policy' ? 'the policy' : `the release of ${openedBy}`}.`,
  ObligationClosed: ({ outcome, observedVersion }) =>
    outcome === 'discharged'
      ? `What was owed is done${observedVersion === undefined ? '' : ` with macOS ${observedVersion}`}.`
      : 'What was owed is not asked for any more.',
  ObligationRescheduled: ({ previousDeadline, deadlineLocal, zone }) =>
    `The deadline was moved from ${utc(previousDeadline)}${at(deadlineLocal, zone, ' to ')}.`,
  PlanChanged: ({ status, reason, row, target, steps, obligation }) =>
    `The plan: ${status}${because(reason)}${row === undefined ? '' : `, row ${row} of the decision table`}${target ? `, to macOS ${target.version}` : ''}${steps.length > 1 ? ` in ${steps.length} steps` : ''}${obligation ? at(obligation.deadlineLocal, obligation.zone, ' by ') : ''}.`,
  NotifyFromReached: ({ lateSeconds, lateBecause }) =>
    `The time to prepare and to prompt has come${late(lateSeconds, lateBecause)}.`,
  DeadlineReached: ({ lateSeconds, lateBecause }) => `The deadline was reached${late(lateSeconds, lateBecause)}.`,
  CountdownEnded: ({ lateSeconds, lateBecause }) => `The countdown ended${late(lateSeconds, lateBecause)}.`,
  DeviceEnrolled: ({ again }) => (again ? 'The Mac enrolled again.' : 'The Mac enrolled.'),
  DeviceUnenrolled: ({ reason }) => `The Mac left management (${reason}).`,
  DeviceFactsChanged: ({ osVersion, factsRevision }) =>
    `The Mac told about itself${osVersion === undefined ? '' : `: macOS ${osVersion}`} (revision ${factsRevision}).`,
  CommandSent: ({ command }) => `The Mac was sent “${command?.kind ?? 'a command'}”.`,
  CommandNotSent: ({ command, reason }) => `“${command?.kind ?? 'A command'}” was not sent: ${reason}.`,
  CommandDeferred: ({ command }) => `The Mac cannot do “${command?.kind ?? 'a command'}” now and will be asked again.`,
  CommandAnswered: ({ command, outcome, results, errors, available }) =>
    `The Mac answered “${command?.kind ?? 'a command'}”: ${[
      outcome,
      ...(command?.kind === 'available'
        ? [`${available.length === 1 ? '1 update' : `${available.length} updates`} on offer`]
        : []),
      ...results.map(({ installAction, status }) => `${installAction} ${status}`),
      ...errors.map(({ domain, code, description }) => `${domain} (${code}) ${description}`),
    ].join(', ')}.`,
  WatchReported: ({ statuses, errors, osVersion }) =>
    `The Mac reported: ${
      [
        ...statuses.map(({ status, percentComplete, isDownloaded }) =>
          isDownloaded ? `${status}, downloaded` : `${status}, ${percent(percentComplete)}`,
        ),
        ...errors.map(({ domain, code, description }) => `${domain} (${code}) ${description}`),
        ...(osVersion === undefined ? [] : [`macOS ${osVersion}`]),
      ].join('; ') || 'nothing in progress'
    }.`,
  WatchSilent: ({ since }) => `The Mac has not answered since ${utc(since)}.`,
  WatchStopped: () => 'The Mac was asked for long enough.',
  DeviceSilent: ({ since }) => `No word from the Mac since ${utc(since)}.`,
  DeviceHeard: () => 'The Mac was heard again.',
};

const PHASES: Readonly<Record<string, string>> = {
  prompting: 'Preparing and prompting begin.',
  overdue: 'The deadline has passed; the countdown begins.',
  countdown_over: 'The countdown is over; the install is due.',
};

const COMMANDS: Readonly<Record<string, string>> = {
  scan: 'A scan for updates',
  available: 'The list of available updates',
  download: 'The download',
  install: 'The install',
  inventory: 'The inventory',
};

const utc = (instant: string): string => `${instant.slice(0, 16).replace('T', ' ')} UTC`;
const percent = (share: number): string => `${Math.round(share * 100)} %`;
const because = (reason: string | undefined): string => (reason === undefined ? '' : ` (${reason})`);
const at = (local: string | undefined, zone: string | undefined, before: string): string =>
  local === undefined
    ? ''
    : `${before}${local.slice(0, 16).replace('T', ' ')}${zone === undefined ? '' : ` (${zone})`}`;
const late = (seconds: number, reason: string | undefined): string =>
  seconds < 60 ? '' : `, ${Math.round(seconds / 60)} minutes late${because(reason)}`;

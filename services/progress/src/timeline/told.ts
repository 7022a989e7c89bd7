import type { Fact } from '@managed-os/contracts';
import { at, because, late, percent, type Sentences, times, utc } from './phrases.js';

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
  | 'DeviceHeard'
  | 'DeclarationOffered'
  | 'DeclarationNotOffered'
  | 'DeclarationFetched'
  | 'DeclarationReported'
  | 'UpdateStateReported';

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
  DeclarationOffered: () => 'The declaration is among what the Mac is to fetch, and the Mac is woken for it.',
  DeclarationNotOffered: ({ reason }) => `The declaration is not among what the Mac is to fetch: ${reason}.`,
  DeclarationFetched: () => 'The Mac read the declaration.',
  DeclarationReported: ({ enforcement, activation }) =>
    `The Mac said of the declaration: ${stateWords(enforcement)}${activation ? `; of its activation: ${stateWords(activation)}` : ''}.`,
  UpdateStateReported: ({ installState, pendingVersion, installReasons, failure }) =>
    `The Mac said of its software update: ${[
      installState === undefined ? 'no state' : `“${installState}”`,
      ...(pendingVersion
        ? [`macOS ${pendingVersion.osVersion}${at(pendingVersion.targetLocalDateTime, undefined, ' for ')}`]
        : []),
      ...(installReasons.length > 0 ? [`because of ${installReasons.join(', ')}`] : []),
      ...(failure
        ? [`failed ${times(failure.count)}${failure.reason === undefined ? '' : ` (“${failure.reason}”)`}`]
        : []),
    ].join(', ')}.`,
};

type DeclarationState = Fact<'DeclarationReported'>['enforcement'];

const stateWords = (state: DeclarationState): string =>
  state
    ? [
        state.active ? 'active' : 'not active',
        state.valid,
        ...state.reasons.map(({ code, description, details }) =>
          [code, ...[description, details].filter((text) => text !== undefined)].join(' '),
        ),
      ].join(', ')
    : 'nothing';

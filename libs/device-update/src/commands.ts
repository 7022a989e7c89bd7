import type { Fact } from '@managed-os/contracts';
import { addMillis, type Instant } from '@managed-os/kernel';
import { onAvailable, onScanStarted } from './candidate.js';
import { onDownloadAnswered } from './download.js';
import { onInstallAnswered, onInstallRefused } from './install.js';
import type { Judging } from './judging.js';
import { failed, MINUTE, request, requestInstall } from './requests.js';
import type { UpdateSettings } from './settings.js';
import { type Attempt, COMMAND_KINDS, type CommandKind, type UpdateEvent, type UpdateState } from './state.js';
import { refusalOf } from './words.js';

type CommandFact = Fact<'CommandAnswered'> | Fact<'CommandNotSent'>;

/** The answer to the command that is awaited; any other answer is an old one. */
export const onAnswered = (
  fact: Fact<'CommandAnswered'>,
  state: UpdateState,
  at: Instant,
  settings: UpdateSettings,
): readonly UpdateEvent[] => {
  const awaited = awaitedBy(fact, state);
  if (!awaited) return [];
  const { attempt, kind } = awaited;
  const judging: Judging = { deviceId: fact.deviceId, attempt, runs: state.observed?.version, at, settings };
  const refusal = refusalOf(fact);
  if (refusal)
    return kind === 'install'
      ? onInstallRefused(refusal, judging)
      : failed(judging, kind, refusal.failure, refusal.said);
  switch (kind) {
    case 'scan':
      return onScanStarted(fact.deviceId, attempt, at, settings);
    case 'available':
      return onAvailable(fact, attempt, at, settings);
    case 'download':
      return onDownloadAnswered(fact, judging);
    case 'install':
      return onInstallAnswered(fact, judging);
  }
};

/** Whoever clears a Mac's queue says why; the plan or the enrollment that follows decides then. */
const SETTLED_ELSEWHERE = ['withdrawn', 'unenrolled', 're_enrolled'];

/** A command that expired, or was held back although it is still owed as far as we know, is requested again. */
export const onNotSent = (
  fact: Fact<'CommandNotSent'>,
  state: UpdateState,
  at: Instant,
  settings: UpdateSettings,
): readonly UpdateEvent[] => {
  const awaited = awaitedBy(fact, state);
  if (!awaited || SETTLED_ELSEWHERE.includes(fact.reason)) return [];
  const { attempt, kind } = awaited;
  const notBefore = addMillis(at, settings.resendMinutes * MINUTE);
  return kind === 'install'
    ? requestInstall(fact.deviceId, attempt, notBefore)
    : [request(fact.deviceId, attempt, kind, notBefore)];
};

interface AwaitedCommand {
  readonly attempt: Attempt;
  readonly kind: CommandKind;
}

const awaitedBy = ({ command }: CommandFact, { attempt }: UpdateState): AwaitedCommand | undefined => {
  const kind = COMMAND_KINDS.find((known) => known === attempt?.awaiting?.kind);
  return kind !== undefined &&
    attempt &&
    command?.obligationId === attempt.obligationId &&
    command.attempt === attempt.number &&
    command.kind === kind &&
    command.try === attempt.awaiting?.try
    ? { attempt, kind }
    : undefined;
};

import type { Fact } from '@managed-os/contracts';
import { addMillis, type Instant } from '@managed-os/kernel';
import { onAvailable, onScanStarted } from './candidate.js';
import { onDownloadAnswered } from './download.js';
import { onInstallAnswered, onInstallRefused } from './install.js';
import type { Judging } from './judging.js';
import { failed, MINUTE, request, requestInstall } from './requests.js';
import type { UpdateSettings } from './settings.js';
import {
  type Attempt,
  COMMAND_KINDS,
  type CommandKind,
  NOT_ENROLLED,
  type UpdateEvent,
  type UpdateState,
} from './state.js';
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

/**
 * A command that expired, or was held back although it is still owed as far as we know, is requested again. So is one for
 * which the Mac was not enrolled: the enrollment or the plan that follows begins anew, unless it came before this news of an
 * older one. One that was refused before it was due needs no other: it was refused by who the Mac is now, and news of that is
 * on its way; so a Mac that stays away is not asked for ever.
 */
export const onNotSent = (
  fact: Fact<'CommandNotSent'>,
  state: UpdateState,
  at: Instant,
  settings: UpdateSettings,
): readonly UpdateEvent[] => {
  const awaited = awaitedBy(fact, state);
  if (!awaited || fact.reason === 'withdrawn') return [];
  const { attempt, kind } = awaited;
  const due = attempt.awaiting?.notBefore;
  if (NOT_ENROLLED.includes(fact.reason) && due !== undefined && Date.parse(due) > Date.parse(at)) return [];
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

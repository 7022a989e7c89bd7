import { addMillis, type Instant } from '@managed-os/kernel';
import type { CommandWay } from './mechanisms.js';
import { MINUTE, request, requestInstall } from './requests.js';
import type { UpdateSettings } from './settings.js';
import { type Attempt, type CommandKind, rankOf, type Standing, type UpdateEvent } from './state.js';

/** The next command of an attempt: the Mac is asked for one thing at a time (S14, S19), and for the install once (S16, Q8). */
export const commanding = (
  deviceId: string,
  attempt: Attempt,
  way: CommandWay,
  standing: Standing,
  at: Instant,
  settings: UpdateSettings,
): readonly UpdateEvent[] => {
  const { phase } = standing;
  const unprompted = promptImpossible(deviceId, attempt, standing, at, settings);
  if (attempt.install?.watch) return unprompted;
  if (attempt.awaiting?.kind === 'install')
    // The deadline was moved into the future before the Mac took the command (Q39).
    return rankOf(phase) < rankOf('countdown_over') ? [...unprompted, withdraw(deviceId, attempt, 'install')] : [];
  return [...unprompted, ...nextRequest(deviceId, attempt, way, phase, at)];
};

const nextRequest = (
  deviceId: string,
  attempt: Attempt,
  way: CommandWay,
  phase: string,
  at: Instant,
): readonly UpdateEvent[] => {
  const kind = nextKind(attempt, phase, way);
  if (!kind) return [];
  const notBefore = pauseFor(kind, attempt, at);
  if (kind !== 'install') return [request(deviceId, attempt, kind, notBefore)];
  return [
    ...(attempt.download ? [{ type: 'WatchClosed' as const, deviceId, watchId: attempt.download.watchId }] : []),
    ...(attempt.awaiting ? [withdraw(deviceId, attempt, 'download')] : []),
    ...requestInstall(deviceId, attempt, notBefore),
  ];
};

/** The next command, unless the Mac called it malformed: then it is for us to mend it (section 1.5 of Apple's protocol). */
const nextKind = (attempt: Attempt, phase: string, way: CommandWay): CommandKind | undefined => {
  const kind = wantedKind(attempt, phase, way);
  if (!kind) return undefined;
  // A scan is for the list that follows it.
  const needed = kind === 'scan' ? ['scan', 'available'] : [kind];
  return needed.some((each) => attempt.malformed.includes(each)) ? undefined : kind;
};

/** The next command of an attempt that has no install under way; none while an answer or a download is awaited. */
const wantedKind = (attempt: Attempt, phase: string, way: CommandWay): CommandKind | undefined => {
  const { candidate, awaiting, download, cached, downloadFirst } = attempt;
  if (!candidate) return !awaiting && rankOf(phase) >= rankOf(way.looksFrom) ? 'scan' : undefined;
  // At the end of the countdown the install is asked for whatever the cache holds: macOS downloads the rest.
  if (rankOf(phase) >= rankOf('countdown_over') && !downloadFirst) return 'install';
  if (awaiting || download || cached !== 'no') return undefined;
  return way.downloads && rankOf(phase) >= rankOf('prompting') ? 'download' : undefined;
};

/** A failure's pause holds for what comes next, except that no failed download holds back an install that is due. */
const pauseFor = (kind: CommandKind, { pause }: Attempt, at: Instant): string | undefined => {
  if (!pause || (kind === 'install' && pause.after !== 'install')) return undefined;
  return Date.parse(pause.until) > Date.parse(at) ? pause.until : undefined;
};

const withdraw = (deviceId: string, attempt: Attempt, kind: string): UpdateEvent => ({
  type: 'CommandsWithdrawn',
  deviceId,
  obligationId: attempt.obligationId,
  attempt: attempt.number,
  kind,
});

/** Without an agent nobody counts down on the Mac; that is recorded, and the server waits instead (section 6b). */
const promptImpossible = (
  deviceId: string,
  attempt: Attempt,
  { phase, agentInstalled }: Standing,
  at: Instant,
  settings: UpdateSettings,
): readonly UpdateEvent[] =>
  phase === 'overdue' && !agentInstalled && !attempt.unprompted
    ? [
        {
          type: 'PromptImpossible',
          deviceId,
          obligationId: attempt.obligationId,
          reason: 'agent_missing',
          countdownEnds: addMillis(at, settings.countdownMinutes * MINUTE),
        },
      ]
    : [];

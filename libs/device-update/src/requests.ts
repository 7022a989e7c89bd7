import { addMillis, type Instant, present, reactionId } from '@managed-os/kernel';
import { withdrawDeclaration } from './declaring.js';
import type { Failure } from './failures.js';
import { type Judging, reportsUnreliably } from './judging.js';
import type { UpdateSettings } from './settings.js';
import type { Attempt, CommandKind, UpdateEvent } from './state.js';

export const MINUTE = 60_000;
const A_DAY = 24 * 60;

export const nextTry = (attempt: Attempt, kind: CommandKind): number => (attempt.tries[kind] ?? 0) + 1;

/** The next try of a command. Download and install name the candidate, which must be known then. */
export const request = (
  deviceId: string,
  attempt: Attempt,
  kind: CommandKind,
  notBefore?: Instant | string,
): UpdateEvent =>
  present({
    type: 'CommandRequested',
    deviceId,
    obligationId: attempt.obligationId,
    attempt: attempt.number,
    try: nextTry(attempt, kind),
    kind,
    ...((kind === 'download' || kind === 'install') && {
      productKey: attempt.candidate?.productKey,
      productVersion: attempt.candidate?.version,
      installAction: kind === 'download' ? 'DownloadOnly' : 'InstallASAP',
    }),
    notBefore,
  });

/** The install is asked for under a new try, so that one attempt and try never asks twice (S16, Q8). */
export const requestInstall = (
  deviceId: string,
  attempt: Attempt,
  notBefore?: Instant | string,
): readonly UpdateEvent[] => [
  {
    type: 'InstallRequested',
    deviceId,
    attempt: attempt.number,
    try: nextTry(attempt, 'install'),
    trigger: 'deadline',
  },
  request(deviceId, attempt, 'install', notBefore),
];

/** The id of a watch: the same try of the same command always gives the same. */
export const watchIdOf = (deviceId: string, attempt: number, subject: 'download' | 'install', number: number): string =>
  reactionId('watch', deviceId, attempt, subject, number);

export const requestWatch = (
  deviceId: string,
  attempt: Attempt,
  subject: 'download' | 'install',
  at: Instant,
  settings: UpdateSettings,
): UpdateEvent => {
  const number = attempt.tries[subject] ?? 1;
  const download = subject === 'download';
  return {
    type: 'WatchRequested',
    deviceId,
    watchId: watchIdOf(deviceId, attempt.number, subject, number),
    obligationId: attempt.obligationId,
    attempt: attempt.number,
    try: number,
    subject,
    intervalSeconds: settings.pollMinutes * 60,
    longestIntervalSeconds: (download ? settings.longestPollMinutes : settings.pollMinutes) * 60,
    silentAfterSeconds: (download ? settings.downloadSilenceMinutes : settings.installPatienceMinutes) * 60,
    stopAfter: addMillis(at, settings.watchDays * A_DAY * MINUTE),
  };
};

/** Ends whatever the attempt has under way: its watch, the requests that were not sent yet, its declaration. */
export const stopAll = (deviceId: string, attempt: Attempt, reason: string): readonly UpdateEvent[] => [
  ...openWatches(attempt).map((watchId): UpdateEvent => ({ type: 'WatchClosed', deviceId, watchId })),
  ...(attempt.awaiting
    ? [
        {
          type: 'CommandsWithdrawn' as const,
          deviceId,
          obligationId: attempt.obligationId,
          attempt: attempt.number,
        },
      ]
    : []),
  ...withdrawDeclaration(deviceId, attempt, reason),
];

const openWatches = ({ download, install }: Attempt): readonly string[] => [
  ...(download ? [download.watchId] : []),
  ...(install?.watch ? [install.watch.watchId] : []),
];

/** The failure of a step, recorded with the taxonomy's entry; whatever was watched for it need not be polled any more. */
export const failed = (
  judging: Judging,
  kind: CommandKind,
  { cause, whoActs, retryMinutes }: Failure,
  said: string,
): readonly UpdateEvent[] => {
  const { deviceId, attempt, at } = judging;
  // A command is tried again even where its failure calls for a change: nobody else says when that has come.
  const retryAt = retryMinutes === 'never' ? undefined : addMillis(at, (retryMinutes ?? A_DAY) * MINUTE);
  return [
    ...openWatches(attempt).map((watchId): UpdateEvent => ({ type: 'WatchClosed', deviceId, watchId })),
    present({
      type: 'AttemptFailed' as const,
      deviceId,
      attempt: attempt.number,
      cause,
      whoActs,
      said,
      retryAt,
      kind,
      unreliableReporting: kind === 'download' && reportsUnreliably(judging) ? true : undefined,
    }),
  ];
};

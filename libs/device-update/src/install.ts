import type { Fact } from '@managed-os/contracts';
import { addMillis, latest, millisBetween } from '@managed-os/kernel';
import { failureOf } from './failures.js';
import type { Judging } from './judging.js';
import { failed, MINUTE, requestWatch, watchIdOf } from './requests.js';
import type { Install, UpdateEvent } from './state.js';
import { type Refusal, resultOf, statusFailure } from './words.js';

type Watch = NonNullable<Install['watch']>;

/** The Mac took the install, or named why not. "Nothing to install" after an inference proves the inference wrong (Q13). */
export const onInstallAnswered = (fact: Fact<'CommandAnswered'>, judging: Judging): readonly UpdateEvent[] => {
  const { deviceId, attempt, at, settings } = judging;
  const { status, refusal } = resultOf(fact, attempt);
  if (refusal) return onInstallRefused(refusal, judging);
  return [
    {
      type: 'InstallStarted',
      deviceId,
      attempt: attempt.number,
      watchId: watchIdOf(deviceId, attempt.number, 'install', attempt.tries['install'] ?? 1),
      patienceUntil: addMillis(at, settings.installPatienceMinutes * MINUTE),
      said: status,
    },
    requestWatch(deviceId, attempt, 'install', at, settings),
  ];
};

export const onInstallRefused = (refusal: Refusal, judging: Judging): readonly UpdateEvent[] => {
  const { deviceId, attempt } = judging;
  const nothingToInstall =
    refusal.failure.cause === 'update_unavailable' || (refusal.unexplained && refusal.failure.cause === 'unknown');
  return attempt.cached === 'presumed' && nothingToInstall
    ? [{ type: 'InferenceWrong', deviceId, attempt: attempt.number }]
    : failed(judging, 'install', refusal.failure, refusal.said);
};

/**
 * One poll of an install whose version is not there yet. Words of the install move our patience on (S17, Q9). A Mac
 * that cannot be asked while it installs has not failed: an error to the poll is no word.
 */
export const onInstallReport = (
  fact: Fact<'WatchReported'>,
  watch: Watch,
  judging: Judging,
): readonly UpdateEvent[] => {
  const { deviceId, attempt, at, settings } = judging;
  if (fact.report <= watch.report) return [];
  const status = fact.statuses.find(({ productKey }) => productKey === attempt.candidate?.productKey);
  const failure = status && statusFailure(status.status);
  if (failure) return failed(judging, 'install', failure, status.status);
  const atWork =
    status !== undefined &&
    (['Downloading', 'Installing'].includes(status.status) || status.percentComplete > watch.percent);
  if (atWork || watch.restarting)
    return [
      {
        type: 'InstallObserved',
        deviceId,
        attempt: attempt.number,
        status: status?.status ?? '',
        percentComplete: status?.percentComplete ?? watch.percent,
        report: fact.report,
        patienceUntil: latest(watch.patienceUntil, addMillis(at, settings.installPatienceMinutes * MINUTE)),
      },
    ];
  return millisBetween(watch.patienceUntil, at) < 0
    ? []
    : failed(judging, 'install', failureOf('install_did_not_start'), status?.status ?? '');
};

/** Silence after an install is a restart, never a failure (S17, Q9). */
export const onInstallSilent = (watch: Watch, { deviceId, attempt }: Judging): readonly UpdateEvent[] =>
  watch.restarting ? [] : [{ type: 'RestartPresumed', deviceId, attempt: attempt.number }];

/** The watch ran out without the version; the Mac is asked again when it comes back. */
export const onInstallStopped = (judging: Judging): readonly UpdateEvent[] =>
  failed(judging, 'install', failureOf('no_answer'), '');

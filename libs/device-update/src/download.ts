import type { Fact } from '@managed-os/contracts';
import { millisBetween } from '@managed-os/kernel';
import { classify, failureOf } from './failures.js';
import { type Judging, reportsUnreliably } from './judging.js';
import { failed, MINUTE, requestWatch, watchIdOf } from './requests.js';
import type { Download, UpdateEvent } from './state.js';
import { errorWords, resultOf, statusFailure } from './words.js';

/** Shares are decimal fractions that do not add up exactly. */
const ROUNDING = 1e-9;

/** The Mac took the command, which proves nothing yet: from now on it is watched. Explicit errors do not count (Q12). */
export const onDownloadAnswered = (fact: Fact<'CommandAnswered'>, judging: Judging): readonly UpdateEvent[] => {
  const { deviceId, attempt, at, settings } = judging;
  const { refusal } = resultOf(fact, attempt);
  if (refusal) return failed(judging, 'download', refusal.failure, refusal.said);
  const number = attempt.tries['download'] ?? 1;
  return [
    {
      type: 'DownloadStarted',
      deviceId,
      attempt: attempt.number,
      try: number,
      watchId: watchIdOf(deviceId, attempt.number, 'download', number),
      startedAt: at,
    },
    requestWatch(deviceId, attempt, 'download', at, settings),
  ];
};

/** One poll of a download: on its way, there, slow, stuck, or gone (S20–S26, Q11, Q12). */
export const onDownloadReport = (
  fact: Fact<'WatchReported'>,
  download: Download,
  judging: Judging,
): readonly UpdateEvent[] => {
  const { deviceId, attempt, settings } = judging;
  if (fact.report <= download.report) return [];
  if (fact.errors.length > 0) {
    const said = errorWords(fact.errors);
    return failed(judging, 'download', classify(said), said);
  }
  const status = fact.statuses.find(({ productKey }) => productKey === attempt.candidate?.productKey);
  const failure = status && statusFailure(status.status);
  if (failure) return failed(judging, 'download', failure, status.status);
  const observed = observe(fact, status, download, judging);
  if (status?.isDownloaded)
    return [observed, { type: 'UpdateCached', deviceId, attempt: attempt.number }, close(judging, download)];
  const disappeared = (download.seen || observed.listed) && observed.missing >= settings.missingReports;
  if (!disappeared && observed.unchanged < settings.pollsWithoutIncrease) return [observed];
  return [observed, ...stalled(disappeared ? 'disappeared' : 'no_progress', observed, download, judging)];
};

/** The watch ran out; the Mac was not there long enough to come to an end. */
export const onDownloadStopped = (judging: Judging): readonly UpdateEvent[] =>
  failed(judging, 'download', failureOf('no_answer'), '');

const observe = (
  fact: Fact<'WatchReported'>,
  status: Fact<'WatchReported'>['statuses'][number] | undefined,
  download: Download,
  judging: Judging,
): Fact<'DownloadObserved'> => {
  const { deviceId, attempt, at, settings } = judging;
  const away = wasAway(download, judging);
  const percent = status?.percentComplete ?? download.percent;
  const measured = away ? 0 : Math.max(0, millisBetween(download.measuredSince, at));
  const needed = settings.slowThreshold * (measured / (30 * MINUTE));
  const rise = percent - download.measuredFrom;
  const moved = status !== undefined && (status.status === 'Installing' || (rise > 0 && rise + ROUNDING >= needed));
  // A download that began again, or whose Mac was away, is measured from there.
  const anew = moved || rise < 0 || away;
  const count = away ? 0 : 1;
  return {
    type: 'DownloadObserved',
    deviceId,
    attempt: attempt.number,
    try: download.try,
    listed: status !== undefined,
    percentComplete: percent,
    unchanged: moved ? 0 : download.unchanged + count,
    missing: status ? 0 : download.missing + count,
    report: fact.report,
    measuredSince: anew ? at : download.measuredSince,
    measuredFrom: anew ? percent : download.measuredFrom,
    slowThreshold: settings.slowThreshold,
    reportedAt: at,
  };
};

/**
 * The Mac was asleep or off since the last report: polls come closer together than that. It did not download for a part of
 * that time that nobody knows, so its first report counts neither for nor against the download; what it went on by counts.
 */
const wasAway = ({ reportedAt, measuredSince }: Download, { at, settings }: Judging): boolean =>
  millisBetween(reportedAt ?? measuredSince, at) > (settings.longestPollMinutes + settings.pollMinutes) * MINUTE;

/**
 * A try ended stuck. Several in a row count as a sign that the update is on the Mac already (S24, S25). One that went on
 * before it stopped shows that it was not there then: the row begins with it. One that went on and disappeared goes on with
 * the row, because that is how an update looks that has come (S25).
 */
const stalled = (
  how: 'no_progress' | 'disappeared',
  observed: Fact<'DownloadObserved'>,
  download: Download,
  judging: Judging,
): readonly UpdateEvent[] => {
  const { deviceId, attempt, settings } = judging;
  const inARow = how === 'no_progress' && download.moved ? 1 : attempt.stalls + 1;
  const stall: UpdateEvent = {
    type: 'DownloadStalled',
    deviceId,
    attempt: attempt.number,
    try: download.try,
    how,
    polls: settings.pollsWithoutIncrease,
    missing: settings.missingReports,
    unreliableReporting: reportsUnreliably(judging),
    inARow,
    enough: settings.stalledTries,
  };
  return inARow < settings.stalledTries
    ? [close(judging, download), stall]
    : [
        close(judging, download),
        stall,
        { type: 'UpdatePresumedCached', deviceId, attempt: observed.attempt, tries: inARow },
      ];
};

const close = ({ deviceId }: Judging, { watchId }: Download): UpdateEvent => ({
  type: 'WatchClosed',
  deviceId,
  watchId,
});

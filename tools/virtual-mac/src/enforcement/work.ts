import { addMillis, type Instant, latest } from '@managed-os/kernel';
import { afterAwake, isAwake } from '../awake.js';
import { drawMinutes } from '../chance.js';
import type { Failure, Mac } from '../fleet.js';
import { foreseen } from '../foreseen.js';
import { committing } from '../installing.js';
import { hasPowerToInstall } from '../power.js';
import type { MacState } from '../state.js';
import { downloading, hasRoomToDownload, hasRoomToInstall } from '../updates.js';
import { working } from './enforcement.js';
import { noticeAfter } from './notices.js';
import { padded } from './reconsider.js';
import { isQuiet } from './wanted.js';

/** What macOS does of itself for an enforced update, step by step. */

/** Free text: Apple names no words for `softwareupdate.failure-reason`. */
const REASONS: Readonly<Record<Failure['status'], string>> = {
  DownloadFailed: 'The update could not be downloaded.',
  DownloadInsufficientSpace: 'Not enough free space to download the update.',
  DownloadInsufficientPower: 'Not enough power to download the update.',
  DownloadInsufficientNetwork: 'The network is not good enough to download the update.',
  InstallInsufficientSpace: 'Not enough free space to install the update.',
  InstallInsufficientPower: 'Not enough power to install the update.',
  InstallPhoneCallInProgress: 'A call is in progress.',
  InstallFailed: 'The update could not be installed.',
};

const isOfDownload = ({ status }: Failure): boolean => status.startsWith('Download');

const failed = (mac: Mac, state: MacState, status: Failure['status'], at: Instant): MacState =>
  working(state, {
    failure: { count: (state.enforced?.failure?.count ?? 0) + 1, reason: REASONS[status], at },
    work: status.startsWith('Download')
      ? { stage: 'download_failed', retryAt: padded(mac, at) }
      : { stage: 'install_failed' },
  });

/** The installation was tried and macOS is the old one still. */
export const installFailed = (mac: Mac, state: MacState, at: Instant): MacState =>
  failed(mac, state, 'InstallFailed', at);

export const downloadBegun = (mac: Mac, state: MacState, at: Instant): MacState => {
  const { enforced } = state;
  if (!enforced) return state;
  const failing = foreseen(mac, state, 'Enforcement', isOfDownload);
  if (failing) return failed(mac, failing.state, failing.failure.status, at);
  if (!hasRoomToDownload(mac, enforced.candidate, at)) return failed(mac, state, 'DownloadInsufficientSpace', at);
  const loading = downloading(mac, state, enforced.candidate, at);
  const loadedAt = latest(at, loading.download?.completeAt ?? at);
  const [least, most] = enforced.candidate.major ? [8, 20] : [3, 9];
  const until = afterAwake(mac, loadedAt, drawMinutes(mac, 'prepare enforced', state.installs, least, most));
  return working(loading, { work: { stage: 'downloading', until } });
};

export const updatePrepared = (mac: Mac, state: MacState, at: Instant): MacState => {
  const hours = mac.user.updatesAfterHours;
  return working(state, {
    work: { stage: 'prepared', userAt: hours === undefined ? null : afterAwake(mac, at, hours * 3_600_000) },
  });
};

/** The deadline, or the next attempt after it. A sleeping Mac has an hour from when it wakes, one that is not prepared another hour. */
export const attempted = (mac: Mac, state: MacState, at: Instant): MacState => {
  const { enforced } = state;
  if (!enforced) return state;
  const attemptAt = padded(mac, at);
  const next = working(state, {
    attemptAt,
    noticeAt: noticeAfter(mac, attemptAt, addMillis(at, -1), isQuiet(mac, state)),
  });
  const { stage } = enforced.work;
  const isPrepared = stage === 'prepared' || stage === 'install_failed';
  return isAwake(mac, at) && isPrepared ? installBegun(mac, next, 'declaration', at) : next;
};

/** Its user does not wait for the deadline. */
export const installedByUser = (mac: Mac, state: MacState, at: Instant): MacState => {
  const { enforced } = state;
  if (enforced?.work.stage !== 'prepared') return state;
  return installBegun(mac, working(state, { work: { ...enforced.work, userAt: null } }), 'user', at);
};

const installBegun = (mac: Mac, state: MacState, by: 'declaration' | 'user', at: Instant): MacState => {
  const { enforced, install } = state;
  if (!enforced || (install !== null && install.stage !== 'user_needed')) return state;
  const failing = foreseen(mac, state, 'Enforcement', (failure) => !isOfDownload(failure));
  if (failing && failing.failure.status !== 'InstallFailed') {
    return failed(mac, failing.state, failing.failure.status, at);
  }
  if (!hasPowerToInstall(mac, at)) return failed(mac, state, 'InstallInsufficientPower', at);
  if (!hasRoomToInstall(mac, enforced.candidate, at)) return failed(mac, state, 'InstallInsufficientSpace', at);
  const begun = { candidate: enforced.candidate, requestedAt: at, by, fails: failing !== undefined };
  // A user who installs types the password that the bootstrap token stands for.
  const asksServer = by === 'declaration' && mac.architecture === 'apple_silicon';
  return {
    ...(failing?.state ?? state),
    install: asksServer
      ? { ...begun, stage: 'authorizing', askAt: at, asked: 0, userAt: null }
      : committing(mac, state, begun, at),
  };
};

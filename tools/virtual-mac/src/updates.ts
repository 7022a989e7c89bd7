import { type Instant, isBelow, toMillis } from '@managed-os/kernel';
import { afterAwake, awakeMillis } from './awake.js';
import { draw, drawMinutes } from './chance.js';
import type { Mac } from './fleet.js';
import type { Candidate, Download, MacState, Report } from './state.js';

/** What a download or an installation really does; what MDM hears of it is in update-reports.ts. */

const isAfter = (at: Instant, then: Instant): boolean => toMillis(at) >= toMillis(then);

export const isComplete = (download: Download | null, at: Instant): boolean =>
  download?.completeAt != null && isAfter(at, download.completeAt);

/** How much of a download is there, 0 to 1. It goes on only while the Mac is awake. */
export const progressOf = (mac: Mac, download: Download, at: Instant): number => {
  if (download.completeAt === null) return 0;
  if (isAfter(at, download.completeAt)) return 1;
  const whole = awakeMillis(mac, download.startedAt, download.completeAt);
  return whole > 0 ? awakeMillis(mac, download.startedAt, at) / whole : 1;
};

/** S23: fetched by the user or by macOS itself, which MDM does not report. */
export const isAlreadyCached = (mac: Mac, candidate: Candidate): boolean =>
  !candidate.major &&
  (Array.isArray(mac.alreadyCached) ? mac.alreadyCached.includes(candidate.version) : mac.alreadyCached === true);

/** S20: macOS 11.4 up to, not including, 11.7. */
const reportsAreFlaky = (mac: Mac, state: MacState): boolean =>
  mac.flakyReports !== false && !isBelow(state.osVersion, '11.4') && isBelow(state.osVersion, '11.7');

const reportOf = (mac: Mac, state: MacState, candidate: Candidate, attempt: number): Report => {
  if (isAlreadyCached(mac, candidate)) return 'silent';
  if (!reportsAreFlaky(mac, state)) return 'honest';
  if (typeof mac.flakyReports === 'string') return mac.flakyReports;
  const lot = draw(mac, `report of ${candidate.productKey}`, attempt);
  return lot < 0.4 ? 'still' : lot < 0.8 ? 'vanishing' : 'honest';
};

const downloadMillis = (mac: Mac, { productKey, sizeMb }: Candidate): number => {
  const nominal = ((sizeMb * 8) / mac.downloadMegabitsPerSecond) * 1000;
  return nominal * (0.9 + 0.2 * draw(mac, `speed of ${productKey}`, 0));
};

/** The Mac was asked to download: it begins, or goes on; being asked again may change how it reports. */
export const downloading = (mac: Mac, state: MacState, candidate: Candidate, at: Instant): MacState => {
  const before = state.download?.productKey === candidate.productKey ? state.download : null;
  const attempts = (before?.attempts ?? 0) + 1;
  if (before?.report === 'honest' && isComplete(before, at)) return { ...state, download: { ...before, attempts } };
  const report = reportOf(mac, state, candidate, attempts);
  const stuck = report === 'still' && draw(mac, `stuck at ${candidate.productKey}`, attempts) < 0.5;
  const running = before?.completeAt != null ? before : null;
  const startedAt = running?.startedAt ?? at;
  const completeAt =
    running?.completeAt ?? (report === 'silent' ? at : afterAwake(mac, at, downloadMillis(mac, candidate)));
  return {
    ...state,
    download: {
      productKey: candidate.productKey,
      startedAt,
      completeAt: running === null && stuck ? null : completeAt,
      report,
      shown: 0,
      attempts,
    },
  };
};

/** The Mac was asked to install: it loads what is missing, prepares, and will restart by itself. */
export const installing = (mac: Mac, state: MacState, candidate: Candidate, at: Instant): MacState => {
  const asked = state.download?.productKey === candidate.productKey ? state : downloading(mac, state, candidate, at);
  const complete = asked.download?.completeAt ?? afterAwake(mac, at, downloadMillis(mac, candidate));
  const loadedAt = isAfter(at, complete) ? at : complete;
  const [least, most] = candidate.major ? [5, 12] : [2, 6];
  const readyAt = afterAwake(mac, loadedAt, drawMinutes(mac, 'prepare', state.installs, least, most));
  return {
    ...asked,
    download: asked.download && {
      ...asked.download,
      startedAt: asked.download.completeAt === null ? at : asked.download.startedAt,
      completeAt: complete,
    },
    install: { stage: 'preparing', candidate, requestedAt: at, by: 'mdm', fails: false, readyAt },
  };
};

/**
 * Whether an MDM command alone brings an installation to its end: on Apple silicon it takes the bootstrap token,
 * which macOS before 11.4 cannot use (S28), nor before 11.5 for an upgrade (S9); on Intel 11.0 to 11.3.1 the commands are broken.
 */
export const canInstallUnattended = (mac: Mac, state: MacState, candidate: Candidate): boolean => {
  const least = candidate.major && mac.architecture === 'apple_silicon' ? '11.5' : '11.4';
  if (mac.architecture === 'intel') return isBelow(state.osVersion, '11') || !isBelow(state.osVersion, least);
  return mac.bootstrapToken && !isBelow(state.osVersion, least);
};

/** While a declaration enforces an update, commands do nothing about it and reports are silent (2.2 to 2.4). */
export const isManagedByDeclaration = ({ enforced }: MacState): boolean => enforced !== null;

export const freeGb = (mac: Mac, at: Instant): number =>
  mac.diskFreed && isAfter(at, mac.diskFreed.at) ? mac.diskFreed.freeDiskGb : mac.freeDiskGb;

export const hasRoomToDownload = (mac: Mac, { sizeMb }: Candidate, at: Instant): boolean =>
  freeGb(mac, at) >= sizeMb / 1000;

/** The download, as much again to unpack it, and 5 GB to breathe. */
export const hasRoomToInstall = (mac: Mac, { sizeMb }: Candidate, at: Instant): boolean =>
  freeGb(mac, at) >= (2 * sizeMb) / 1000 + 5;

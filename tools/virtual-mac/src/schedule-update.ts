import { type Instant, isBelow } from '@managed-os/kernel';
import type { Failure, Mac } from './fleet.js';
import { foreseen } from './foreseen.js';
import type { Dict } from './plist.js';
import { type Candidate, type MacState, withDefect } from './state.js';
import {
  downloading,
  hasRoomToDownload,
  hasRoomToInstall,
  installing,
  isAlreadyCached,
  isComplete,
  isManagedByDeclaration,
  progressOf,
} from './updates.js';
import { draw } from './chance.js';

interface Scheduled {
  readonly state: MacState;
  /** An entry of UpdateResults. */
  readonly result: Dict;
}

/** One entry of ScheduleOSUpdate's `Updates`. */
export const scheduleUpdate = (mac: Mac, state: MacState, update: Dict, at: Instant): Scheduled => {
  const candidate = state.candidates.find(
    (found) => found.productKey === update['ProductKey'] || found.version === update['ProductVersion'],
  );
  const named = String(update['ProductKey'] ?? update['ProductVersion']);
  const action = String(update['InstallAction']);
  if (isManagedByDeclaration(state)) {
    return refuse(state, named, 'Idle', 7205, 'A declaration manages the software update; the command is ignored.');
  }
  if (isUnderWay(state, candidate)) return alreadyInstalling(mac, state, candidate, named, at);
  if (!candidate) return refuse(state, named, 'Idle', 7202, `The update ${named} is not available.`);
  if (candidate.major && mac.architecture === 'apple_silicon' && action !== 'InstallASAP') {
    const text = `${candidate.version} is a major upgrade: ${action} is not possible on a Mac with Apple silicon.`;
    return refuse(withDefect(state, at, 'major-upgrade-not-asap', text), named, 'Idle', 7203, text);
  }
  switch (action) {
    case 'InstallASAP':
    case 'InstallForceRestart':
      return install(mac, state, candidate, action, at);
    case 'Default':
      return isComplete(ownDownload(state, candidate), at)
        ? install(mac, state, candidate, 'InstallASAP', at)
        : download(mac, state, candidate, 'DownloadOnly', at);
    case 'NotifyOnly':
      return done(state, candidate, action, 'Idle');
    default:
      return download(mac, state, candidate, action, at);
  }
};

const ownDownload = (state: MacState, { productKey }: Candidate): MacState['download'] =>
  state.download?.productKey === productKey ? state.download : null;

const done = (state: MacState, { productKey }: Candidate, action: string, status: string): Scheduled => ({
  state,
  result: { ProductKey: productKey, InstallAction: action, Status: status },
});

const refuse = (state: MacState, productKey: string, status: string, code: number, text: string): Scheduled => ({
  state,
  result: {
    ProductKey: productKey,
    InstallAction: 'Error',
    Status: status,
    ErrorChain: [
      {
        ErrorCode: code,
        ErrorDomain: 'SUMacControllerError',
        LocalizedDescription: text,
        USEnglishDescription: text,
      },
    ],
  },
});

/** An installation that waits for a user gives way to another product's; one that works gives way to none. */
const isUnderWay = ({ install: current }: MacState, asked: Candidate | undefined): boolean =>
  current !== null && (current.stage !== 'user_needed' || current.candidate.productKey === asked?.productKey);

/** A repeated or late request changes nothing: there is one installation. */
const alreadyInstalling = (
  mac: Mac,
  state: MacState,
  asked: Candidate | undefined,
  named: string,
  at: Instant,
): Scheduled => {
  const current = state.install?.candidate;
  if (!current) return refuse(state, named, 'Idle', 7202, `The update ${named} is not available.`);
  if (asked?.productKey !== current.productKey && named !== current.productKey) {
    return refuse(state, named, 'Installing', 7204, `macOS ${current.version} is being installed.`);
  }
  if (state.install?.stage === 'user_needed') return done(state, current, 'InstallASAP', 'Idle');
  const loading = ownDownload(state, current);
  const isLoading = loading !== null && progressOf(mac, loading, at) < 1;
  return done(state, current, 'InstallASAP', isLoading ? 'Downloading' : 'Installing');
};

const download = (mac: Mac, state: MacState, candidate: Candidate, action: string, at: Instant): Scheduled => {
  const failing = foreseen(mac, state, 'DownloadOnly');
  if (failing) return fail(failing.state, candidate, failing.failure.status);
  if (!hasRoomToDownload(mac, candidate, at)) return fail(state, candidate, 'DownloadInsufficientSpace');
  const next = downloading(mac, state, candidate, at);
  if (isAlreadyCached(mac, candidate)) {
    const shrugs = draw(mac, 'shrugs', next.download?.attempts ?? 0) < 0.5;
    return done(next, candidate, action, shrugs ? 'Idle' : 'Downloading');
  }
  return done(next, candidate, action, isHonestlyComplete(next, at) ? 'Idle' : 'Downloading');
};

const isHonestlyComplete = ({ download: loading }: MacState, at: Instant): boolean =>
  loading?.report === 'honest' && isComplete(loading, at);

const install = (mac: Mac, state: MacState, candidate: Candidate, action: string, at: Instant): Scheduled => {
  const failing = foreseen(mac, state, 'InstallASAP');
  if (failing) return fail(failing.state, candidate, failing.failure.status);
  if (mac.architecture === 'intel' && !isBelow(state.osVersion, '11') && isBelow(state.osVersion, '11.2')) {
    return fail(state, candidate, 'InstallFailed');
  }
  if (!hasRoomToInstall(mac, candidate, at)) return fail(state, candidate, 'InstallInsufficientSpace');
  const isLoaded = isAlreadyCached(mac, candidate) || isComplete(ownDownload(state, candidate), at);
  return done(installing(mac, state, candidate, at), candidate, action, isLoaded ? 'Installing' : 'Downloading');
};

const fail = (state: MacState, { productKey, version }: Candidate, status: Failure['status']): Scheduled =>
  refuse(state, productKey, status, 7201, `macOS ${version} could not be scheduled: ${status}.`);

import type { Fact } from '@managed-os/contracts';
import { type Instant, toMillis } from '@managed-os/kernel';
import {
  answered,
  countdownEnded,
  deadlineReached,
  factsChanged,
  idlePlan,
  later,
  notifyFromReached,
  offered,
  plan,
  progressing,
  reported,
  result,
  watchSilent,
} from './inputs.js';
import { type Life, simulate, type World } from './simulation.js';

/** How one Mac behaves. */
export interface Behaviour {
  /** Apple offers the update so many minutes after the start. */
  readonly offeredAfter: number;
  /** The share that ten minutes bring; 0: it never moves. */
  readonly share: number;
  /** Every n-th report leaves the download out; 0: none does. */
  readonly leavesOut: number;
  /** It is on the Mac before we ask, and the Mac does not report that. */
  readonly alreadyCached: boolean;
  /** So many first downloads and installs fail with a cause. */
  readonly failingDownloads: number;
  readonly failingInstalls: number;
  /** It answers a command only so many minutes later. */
  readonly asleep: number;
  /** It sleeps from 20:00 to 10:00 UTC: it is polled when it wakes, and downloads nothing meanwhile. */
  readonly nights: boolean;
  /** Minutes from the install to the new version. */
  readonly installs: number;
  readonly upgrade: boolean;
}

/** One Mac, its dispatcher and its deadlines. */
export const live = (mac: Behaviour): Life => {
  let [downloads, installs, downloaded] = [0, 0, 0];
  let installedAt: Instant | undefined;
  const first = plan(mac.upgrade ? upgradeSteps : {});
  const start = first.at;
  const done = (at: Instant): boolean => installedAt !== undefined && toMillis(at) >= toMillis(installedAt);

  const onCommand = (event: Fact<'CommandRequested'>, now: Instant, { soon }: World): void => {
    const ready = event.notBefore === undefined ? now : (event.notBefore as Instant);
    const at = later(toMillis(ready) > toMillis(now) ? ready : now, 1 + mac.asleep);
    const ref = { obligationId: event.obligationId, attempt: event.attempt, kind: event.kind, try: event.try };
    soon(at, `${event.attempt}/${event.kind}`, () => {
      if (event.kind === 'available')
        return answered(
          ref,
          { available: toMillis(at) >= toMillis(later(start, mac.offeredAfter)) ? [offered()] : [] },
          at,
        );
      if (event.kind === 'download') {
        downloads += 1;
        const status = downloads > mac.failingDownloads ? 'Downloading' : 'DownloadInsufficientSpace';
        return answered(ref, { results: [result(status)] }, at);
      }
      if (event.kind !== 'install') return answered(ref, {}, at);
      installs += 1;
      if (installs <= mac.failingInstalls) return answered(ref, { results: [result('InstallFailed')] }, at);
      installedAt ??= later(at, mac.installs);
      return answered(ref, { results: [result('Installing', { installAction: 'InstallASAP' })] }, at);
    });
  };

  const awake = (at: Instant): Instant => {
    const hour = (toMillis(at) / 3_600_000) % 24;
    return mac.nights && (hour >= 20 || hour < 10) ? later(at, ((34 - hour) % 24) * 60) : at;
  };

  const poll = (event: Fact<'WatchRequested'>, report: number, next: Instant, world: World): void => {
    const at = awake(next);
    world.soon(at, event.watchId, () => {
      poll(event, report + 1, later(at, event.intervalSeconds / 60), world);
      if (event.subject === 'install')
        return done(at) ? reported(event.watchId, report, [], at, { osVersion: '12.5.1' }) : undefined;
      if (mac.alreadyCached || mac.share === 0) return reported(event.watchId, report, [], at);
      downloaded = Math.min(1, downloaded + mac.share);
      const silent = mac.leavesOut > 0 && report % mac.leavesOut === 0;
      return reported(
        event.watchId,
        report,
        silent ? [] : [progressing(downloaded, { isDownloaded: downloaded === 1 })],
        at,
      );
    });
  };

  return simulate([first, notifyFromReached(), deadlineReached(), countdownEnded()], (event, now, world) => {
    if (event.type === 'CommandRequested') onCommand(event, now, world);
    if (event.type === 'CommandsWithdrawn')
      world.cancel((key) =>
        event.kind === undefined ? key.startsWith(`${event.attempt}/`) : key === `${event.attempt}/${event.kind}`,
      );
    if (event.type === 'WatchRequested') {
      poll(event, 1, later(now, event.intervalSeconds / 60), world);
      const silence = later(now, event.silentAfterSeconds / 60);
      if (event.subject === 'install')
        world.soon(silence, event.watchId, () => (done(silence) ? undefined : watchSilent(event.watchId, silence)));
    }
    if (event.type === 'WatchClosed') world.cancel((key) => key === event.watchId);
    if (event.type === 'VersionObserved' && event.osVersion === '12.5.1' && event.seenBy !== 'facts') {
      world.soon(later(now, 1), 'facts', () => factsChanged('12.5.1', 2, {}, later(now, 1)));
      world.soon(later(now, 2), 'plan', () =>
        idlePlan('compliant', { factsRevision: 2, osVersion: '12.5.1' }, later(now, 2)),
      );
    }
  });
};

const upgradeSteps = {
  row: '10',
  osVersion: '11.6',
  steps: [{ mechanism: 'mdm_install_asap', version: '12.5.1', build: '21G83', preCache: false }],
};

/** Nothing out of the ordinary. */
export const ORDINARY: Behaviour = {
  offeredAfter: 0,
  share: 0.2,
  leavesOut: 0,
  alreadyCached: false,
  failingDownloads: 0,
  failingInstalls: 0,
  asleep: 0,
  nights: false,
  installs: 40,
  upgrade: false,
};

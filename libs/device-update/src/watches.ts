import type { Fact } from '@managed-os/contracts';
import type { Instant } from '@managed-os/kernel';
import { onDownloadReport, onDownloadStopped } from './download.js';
import { evolve } from './evolve.js';
import { onInstallReport, onInstallSilent, onInstallStopped } from './install.js';
import type { Judging } from './judging.js';
import { onAnswer } from './observation.js';
import type { UpdateSettings } from './settings.js';
import { atLeast, type UpdateEvent, type UpdateState } from './state.js';

type WatchFact = Fact<'WatchReported'> | Fact<'WatchSilent'> | Fact<'WatchStopped'>;

/** What a watch says; one that is closed says nothing any more, except the version that it saw. */
export const onWatch = (
  fact: WatchFact,
  state: UpdateState,
  at: Instant,
  settings: UpdateSettings,
): readonly UpdateEvent[] => {
  const seen = fact.type === 'WatchReported' ? onAnswer(fact, state) : [];
  const { attempt, observed } = seen.reduce(evolve, state);
  if (!attempt) return seen;
  if (observed && (atLeast(observed.version, attempt.version) || atLeast(observed.version, attempt.floor))) return seen;
  const judging: Judging = { deviceId: fact.deviceId, attempt, runs: observed?.version, at, settings };
  return [...seen, ...judge(fact, judging)];
};

const judge = (fact: WatchFact, judging: Judging): readonly UpdateEvent[] => {
  const { download, install } = judging.attempt;
  if (download?.watchId === fact.watchId)
    switch (fact.type) {
      case 'WatchReported':
        return onDownloadReport(fact, download, judging);
      case 'WatchSilent':
        // A Mac that is off does not download; nothing is wrong with it.
        return [];
      case 'WatchStopped':
        return onDownloadStopped(judging);
    }
  if (install?.watch && install.watch.watchId === fact.watchId)
    switch (fact.type) {
      case 'WatchReported':
        return onInstallReport(fact, install.watch, judging);
      case 'WatchSilent':
        return onInstallSilent(install.watch, judging);
      case 'WatchStopped':
        return onInstallStopped(judging);
    }
  return [];
};

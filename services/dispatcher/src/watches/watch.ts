import type { Fact } from '@managed-os/contracts';
import { addMillis, type Instant } from '@managed-os/kernel';
import type { Watch } from '../tables.js';

type Reported = Fact<'WatchReported'>;
export type PollAnswer = Pick<Reported, 'statuses' | 'errors' | 'osVersion' | 'osBuild'>;

/** What a report leaves behind in the watch's row. */
export type WatchProgress = Pick<
  Watch,
  'reports' | 'unchanged' | 'last_said' | 'half_said' | 'pause_seconds' | 'heard_at' | 'silent_at'
>;

/**
 * One answer of a poll: the report, and how the watch goes on. The pause doubles while the Mac says the same again, and
 * is the first one again with the next news.
 */
export const reported = (
  watch: Watch,
  answer: PollAnswer,
  now: Instant,
): { readonly event: Reported; readonly progress: WatchProgress } => {
  const said = JSON.stringify([answer.statuses, answer.errors, answer.osVersion, answer.osBuild]);
  const unchanged = said === watch.last_said ? watch.unchanged + 1 : 0;
  const pause = unchanged > 0 ? watch.pause_seconds * 2 : watch.interval_seconds;
  return {
    event: {
      type: 'WatchReported',
      deviceId: watch.device_id,
      watchId: watch.watch_id,
      report: watch.reports + 1,
      ...answer,
      unchanged,
    },
    progress: {
      reports: watch.reports + 1,
      unchanged,
      last_said: said,
      half_said: null,
      pause_seconds: Math.min(pause, Math.max(watch.longest_interval_seconds, watch.interval_seconds)),
      ...heard(watch, now),
    },
  };
};

/** The Mac answered: its silence is counted from now on. */
export const heard = (watch: Watch, now: Instant): Pick<Watch, 'heard_at' | 'silent_at'> => ({
  heard_at: now,
  silent_at: addMillis(now, watch.silent_after_seconds * 1000),
});

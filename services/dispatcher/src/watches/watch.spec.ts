import { describe, expect, it } from '@jest/globals';
import { addMillis, instant, millisBetween } from '@managed-os/kernel';
import type { Watch } from '../tables.js';
import { type PollAnswer, reported } from './watch.js';

const now = instant(1_662_789_600_000);
const watch = (more: Partial<Watch> = {}): Watch => ({
  watch_id: 'w',
  device_id: 'd',
  subject: 'download',
  interval_seconds: 600,
  longest_interval_seconds: 3_600,
  silent_after_seconds: 43_200,
  stop_after: addMillis(now, 14 * 86_400_000),
  state: 'open',
  pause_seconds: 600,
  polls: 1,
  reports: 0,
  unchanged: 0,
  last_said: null,
  half_said: null,
  heard_at: now,
  silent_at: null,
  ended_at: null,
  request_id: 'r',
  correlation_id: 'c',
  ...more,
});
const at = (percentComplete: number): PollAnswer => ({
  statuses: [{ productKey: 'k', isDownloaded: false, percentComplete, status: 'Downloading' }],
  errors: [],
});

/** The reports of these answers, each with the pause that follows it. */
const told = (...answers: readonly PollAnswer[]) => {
  let row = watch();
  return answers.map((answer) => {
    const { event, progress } = reported(row, answer, now);
    row = { ...row, ...progress };
    return [event.report, event.unchanged, progress.pause_seconds];
  });
};

describe('a watch', () => {
  it('reports each answer; the pause doubles to an hour while nothing changes, and news resets it', () =>
    expect(told(at(0.1), at(0.1), at(0.1), at(0.1), at(0.1), at(0.2), at(0.2))).toEqual([
      [1, 0, 600],
      [2, 1, 1200],
      [3, 2, 2400],
      [4, 3, 3600],
      [5, 4, 3600],
      [6, 0, 600],
      [7, 1, 1200],
    ]));

  it('takes an empty list, an error and a version for different things', () =>
    expect(
      told(
        { statuses: [], errors: [] },
        { statuses: [], errors: [{ code: 1, domain: '', description: '' }] },
        { statuses: [], errors: [], osVersion: '12.6' },
      ).map(([, unchanged]) => unchanged),
    ).toEqual([0, 0, 0]));

  it('counts silence from the last answer', () => {
    const { progress } = reported(watch(), at(0.1), now);
    expect(progress.heard_at).toBe(now);
    expect(progress.silent_at && millisBetween(now, progress.silent_at)).toBe(12 * 3_600_000);
  });

  it('never pauses for less than its interval', () =>
    expect(reported(watch({ longest_interval_seconds: 60 }), at(0.1), now).progress.pause_seconds).toBe(600));
});

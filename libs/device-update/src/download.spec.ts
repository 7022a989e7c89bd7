import { describe, expect, it } from '@jest/globals';
import { specify } from '@managed-os/kernel/testing';
import { deviceUpdate, deviceUpdateWith } from './decider.js';
import { DEFAULT_SETTINGS } from './settings.js';
import {
  answered,
  candidateFound,
  command,
  later,
  mdmError,
  NOTIFY_FROM,
  notifyFromReached,
  plan,
  played,
  progressing,
  PRODUCT,
  reported,
  result,
  stuckTry,
  watchId,
  watchSilent,
  watchStopped,
} from './testing/inputs.js';

const given = specify(deviceUpdate);
const types = (events: readonly { type: string }[]): string[] => events.map(({ type }) => type);
const found = [plan(), notifyFromReached(), ...candidateFound()];
const BEGAN = later(NOTIFY_FROM, 20);
const began = [...found, answered(command('download'), { results: [result('Downloading')] }, BEGAN)];
const poll = (n: number, percent: number | undefined, minutes = 10 * n) =>
  reported(watchId('download'), n, percent === undefined ? [] : [progressing(percent)], later(BEGAN, minutes));

describe('a download (S19 to S21)', () => {
  it.each(['Downloading', 'Idle', 'Preparing'])('S19 “%s” is a begin: it is watched from now on', (status) =>
    given(played(found))
      .when(answered(command('download'), { results: [result(status)] }, BEGAN))
      .thenMatching((events) => {
        expect(types(events)).toEqual(['DownloadStarted', 'WatchRequested']);
        expect(events[1]).toMatchObject({
          subject: 'download',
          intervalSeconds: 600,
          longestIntervalSeconds: 3600,
          silentAfterSeconds: 43_200,
          stopAfter: later(BEGAN, 14 * 1440),
        });
      }),
  );

  it('progress is recorded and nothing else', () =>
    given(played(began))
      .when(poll(1, 0.2))
      .thenMatching((events) =>
        expect(events).toEqual([
          expect.objectContaining({ type: 'DownloadObserved', listed: true, percentComplete: 0.2, unchanged: 0 }),
        ]),
      ));

  it('S21 Q11 one percent in thirty minutes is slow, not stuck', () => {
    const slow = Array.from({ length: 12 }, (_, i) => poll(i + 1, Math.floor((i + 1) / 3) * 0.01));
    expect(types(played(began, slow))).not.toContain('DownloadStalled');
  });

  it('Q11 less than that is stuck', () => {
    const crawling = Array.from({ length: 3 }, (_, i) => poll(i + 1, (i + 1) * 0.001));
    expect(played(began, crawling)).toContainEqual(
      expect.objectContaining({ type: 'DownloadStalled', how: 'no_progress', polls: 3, inARow: 1, enough: 3 }),
    );
  });

  it('the Mac says that it is there', () =>
    given(played(began, poll(1, 0.9)))
      .when(reported(watchId('download'), 2, [progressing(1, { isDownloaded: true, status: 'Idle' })]))
      .thenMatching((events) => expect(types(events)).toEqual(['DownloadObserved', 'UpdateCached', 'WatchClosed'])));

  it('a report that comes twice, or for a watch that is closed, says nothing', () => {
    given(played(began, poll(1, 0.2)))
      .when(poll(1, 0.2))
      .thenNothing();
    given(played(began))
      .when(reported(watchId('download', 9), 1))
      .thenNothing();
  });

  it('a download that begins again is measured from there', () => {
    const events = played(began, poll(1, 0.5), poll(2, 0), poll(3, 0.1), poll(4, 0.2), poll(5, 0.3));
    expect(types(events)).not.toContain('DownloadStalled');
  });

  it('a Mac that is off does not download; nothing is wrong with it', () =>
    given(played(began))
      .when(watchSilent(watchId('download')))
      .thenNothing());

  it('a watch that ran out begins another try', () =>
    given(played(began))
      .when(watchStopped(watchId('download')))
      .thenMatching((events) => {
        expect(types(events)).toEqual(['WatchClosed', 'AttemptFailed', 'CommandRequested']);
        expect(events[1]).toMatchObject({ cause: 'no_answer', whoActs: 'user' });
      }));
});

describe('a download that does not move (S22 to S25, Q12)', () => {
  it('S24 the first stuck try is followed by a second', () =>
    given(played(began, poll(1, undefined), poll(2, undefined)))
      .when(poll(3, undefined))
      .thenMatching((events) => {
        expect(types(events)).toEqual(['DownloadObserved', 'WatchClosed', 'DownloadStalled', 'CommandRequested']);
        expect(events[3]).toMatchObject({ kind: 'download', try: 2 });
      }));

  it('S25 a download that was reported and is gone from two reports has disappeared', () =>
    given(played(began, poll(1, 0.4), poll(2, undefined)))
      .when(poll(3, undefined))
      .thenMatching((events) =>
        expect(events[2]).toMatchObject({ type: 'DownloadStalled', how: 'disappeared', missing: 2 }),
      ));

  it('S25 one missing report is not enough', () =>
    given(played(began, poll(1, 0.4)))
      .when(poll(2, undefined))
      .thenMatching((events) => expect(types(events)).toEqual(['DownloadObserved'])));

  it('S23 S24 S26 Q12 Q13 three stuck tries in a row count as cached, and nothing more is asked before the deadline', () =>
    given(played(found, stuckTry(1), stuckTry(2), stuckTry(3).slice(0, -1)))
      .when(stuckTry(3).at(-1) ?? poll(3, undefined))
      .thenMatching((events, after) => {
        expect(types(events)).toEqual(['DownloadObserved', 'WatchClosed', 'DownloadStalled', 'UpdatePresumedCached']);
        expect(events[3]).toMatchObject({ tries: 3 });
        expect(after.attempt?.cached).toBe('presumed');
      }));

  it('Q12 the number of tries is a setting', () => {
    const twice = specify(deviceUpdateWith({ ...DEFAULT_SETTINGS, stalledTries: 2 }));
    twice(played(found, stuckTry(1), stuckTry(2).slice(0, -1)))
      .when(stuckTry(2).at(-1) ?? poll(3, undefined))
      .thenMatching((events) => expect(events.at(-1)).toMatchObject({ type: 'UpdatePresumedCached', tries: 2 }));
  });

  it.each([
    ['11.4', true],
    ['11.6.8', true],
    ['11.7', false],
    ['12.3', false],
  ])('S20 Q10 on %s the reports are unreliable: %s', (osVersion, unreliable) => {
    const [stalled] = played(plan({ osVersion }), notifyFromReached(), candidateFound(), stuckTry(1)).filter(
      ({ type }) => type === 'DownloadStalled',
    );
    expect(stalled).toMatchObject({ unreliableReporting: unreliable });
  });

  it('S20 an unreliable report that comes back does not end the try', () => {
    const flaky = [poll(1, 0.2), poll(2, undefined), poll(3, 0.4), poll(4, undefined), poll(5, 0.6)];
    expect(types(played(began, flaky))).not.toContain('DownloadStalled');
  });
});

describe('a download that fails with a cause (Q12, X10)', () => {
  it.each([
    ['DownloadInsufficientSpace', 'no_space', 'user'],
    ['DownloadInsufficientPower', 'no_power', 'user'],
    ['DownloadInsufficientNetwork', 'no_network', 'user'],
    ['DownloadFailed', 'download_failed', 'apple'],
  ])('%s is %s and is tried again in an hour', (status, cause, whoActs) =>
    given(played(found))
      .when(answered(command('download'), { results: [result(status)] }, BEGAN))
      .thenMatching((events) => {
        expect(events[0]).toMatchObject({
          type: 'AttemptFailed',
          cause,
          whoActs,
          said: status,
          retryAt: later(BEGAN, 60),
        });
        expect(events[1]).toMatchObject({ kind: 'download', try: 2, notBefore: later(BEGAN, 60), productKey: PRODUCT });
      }),
  );

  it('Q12 S24 it does not count among the stuck ones, and breaks their row', () => {
    const failed = answered(
      command('download', 3),
      { results: [result('DownloadInsufficientSpace')] },
      later(NOTIFY_FROM, 400),
    );
    const events = played(found, stuckTry(1), stuckTry(2), failed, stuckTry(4));
    expect(types(events)).not.toContain('UpdatePresumedCached');
  });

  it.each([
    ['an error for a poll', [], { errors: [mdmError('The request requires a volume owner.')] }, 'not_authorised'],
    ['a status that names a failure', [progressing(0.4, { status: 'DownloadInsufficientSpace' })], {}, 'no_space'],
  ])('%s ends the try with its cause', (_, statuses, change, cause) =>
    given(played(began))
      .when(reported(watchId('download'), 1, statuses, later(BEGAN, 10), change))
      .thenMatching((events) => {
        expect(types(events)).toEqual(['WatchClosed', 'AttemptFailed', 'CommandRequested']);
        expect(events[1]).toMatchObject({ cause });
      }),
  );

  it('X10 a malformed command is our fault and not tried again before tomorrow', () =>
    given(played(found))
      .when(answered(command('download'), { outcome: 'format_error' }, BEGAN))
      .thenMatching((events) =>
        expect(events[0]).toMatchObject({ cause: 'our_fault', whoActs: 'us', retryAt: later(BEGAN, 1440) }),
      ));

  it('a product that is not on offer any more is looked for again', () =>
    given(played(found))
      .when(answered(command('download'), { results: [result('Idle', { installAction: 'Error' })] }, BEGAN))
      .thenMatching((events) => {
        expect(events[0]).toMatchObject({ cause: 'update_unavailable', said: 'InstallAction Error' });
        expect(events[1]).toMatchObject({ kind: 'scan', try: 2, notBefore: later(BEGAN, 10) });
      }));
});

import { describe, expect, it } from '@jest/globals';
import { without } from '@managed-os/kernel';
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

  it('S24 S25 Q12 a try that went on before it stopped is the first of a row; one that went on and disappeared goes on with it', () => {
    const third = (...percents: readonly (number | undefined)[]) => {
      const from = later(NOTIFY_FROM, 320);
      const polls = percents.map((percent, i) =>
        reported(
          watchId('download', 3),
          i + 1,
          percent === undefined ? [] : [progressing(percent)],
          later(from, 10 * (i + 1)),
        ),
      );
      return played(found, stuckTry(1), stuckTry(2), answered(command('download', 3), {}, from), polls).slice(-2);
    };
    expect(third(0.2, 0.4, 0.4, 0.4, 0.4)).toMatchObject([
      { type: 'DownloadStalled', how: 'no_progress', inARow: 1 },
      { type: 'CommandRequested', kind: 'download', try: 4 },
    ]);
    expect(third(0.2, 0.4, undefined, undefined)).toMatchObject([
      { type: 'DownloadStalled', how: 'disappeared', inARow: 3 },
      { type: 'UpdatePresumedCached', tries: 3 },
    ]);
    // What is left over from an earlier try has not gone on in this one.
    expect(third(0.4, 0.4, 0.4, 0.4)).toMatchObject([
      { type: 'DownloadStalled', how: 'no_progress', inARow: 3 },
      { type: 'UpdatePresumedCached', tries: 3 },
    ]);
  });

  it('S20 an unreliable report that comes back does not end the try', () => {
    const flaky = [poll(1, 0.2), poll(2, undefined), poll(3, 0.4), poll(4, undefined), poll(5, 0.6)];
    expect(types(played(began, flaky))).not.toContain('DownloadStalled');
  });
});

describe('a Mac that was asleep or off between two reports (S21, Q11)', () => {
  const NIGHT = 14 * 60;
  const beforeNight = [...began, poll(1, 0.05), poll(2, 0.1)];

  it('S21 Q11 Q12 S24 a night does not make a healthy download stuck', () => {
    const morning = [poll(3, 0.11, 20 + NIGHT), poll(4, 0.16, 30 + NIGHT), poll(5, 0.21, 40 + NIGHT)];
    const events = played(beforeNight, morning);
    expect(types(events)).not.toContain('DownloadStalled');
    expect(events.filter((event) => event.type === 'DownloadObserved').map(({ unchanged }) => unchanged)).toEqual([
      0, 0, 0, 0, 0,
    ]);
  });

  it('Q12 S25 its first report counts neither as unchanged nor as missing; those after it do', () => {
    given(played(beforeNight, poll(3, 0.1, 30)))
      .when(poll(4, 0.1, 30 + NIGHT))
      .thenMatching((events) =>
        expect(events).toMatchObject([{ unchanged: 1, missing: 0, measuredSince: later(BEGAN, 30 + NIGHT) }]),
      );
    given(played(beforeNight))
      .when(poll(3, undefined, 20 + NIGHT))
      .thenMatching((events) => expect(events).toMatchObject([{ unchanged: 0, missing: 0, listed: false }]));
    const stuck = [0, 10, 20, 30].map((minutes, i) => poll(3 + i, 0.1, 20 + NIGHT + minutes));
    expect(types(played(beforeNight, stuck.slice(0, -1)))).not.toContain('DownloadStalled');
    expect(types(played(beforeNight, stuck))).toContain('DownloadStalled');
  });

  it('the longest pause between two polls and one poll more are no absence', () => {
    given(played(beforeNight))
      .when(poll(3, 0.1, 90))
      .thenMatching((events) => expect(events).toMatchObject([{ unchanged: 1 }]));
    given(played(beforeNight))
      .when(poll(3, 0.1, 91))
      .thenMatching((events) => expect(events).toMatchObject([{ unchanged: 0 }]));
  });

  it('a history that does not tell when it was reported goes on', () => {
    const old = played(beforeNight).map((event) =>
      event.type === 'DownloadObserved' ? without(event, 'reportedAt') : event,
    );
    given(old)
      .when(poll(3, 0.15, 30))
      .thenMatching((events) => expect(events).toMatchObject([{ type: 'DownloadObserved', unchanged: 0 }]));
    given(old)
      .when(poll(3, 0.1, 30))
      .thenMatching((events) => expect(events).toMatchObject([{ type: 'DownloadObserved', unchanged: 1 }]));
  });
});

describe('a result that is not for the update that was asked for', () => {
  const failing = result('DownloadFailed', { productKey: 'ANOTHER' });

  it('names another update: whether ours failed is not said, and it is watched', () =>
    given(played(found))
      .when(answered(command('download'), { results: [failing] }, BEGAN))
      .thenMatching((events) => expect(types(events)).toEqual(['DownloadStarted', 'WatchRequested'])));

  it('ours counts wherever it stands, and one that names none stands for ours', () => {
    given(played(found))
      .when(answered(command('download'), { results: [failing, result('DownloadInsufficientSpace')] }, BEGAN))
      .thenMatching((events) => expect(events[0]).toMatchObject({ type: 'AttemptFailed', cause: 'no_space' }));
    given(played(found))
      .when(answered(command('download'), { results: [failing, result('DownloadFailed', { productKey: '' })] }, BEGAN))
      .thenMatching((events) => expect(events[0]).toMatchObject({ type: 'AttemptFailed', cause: 'download_failed' }));
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

  it('a product that is not on offer any more is looked for again', () =>
    given(played(found))
      .when(answered(command('download'), { results: [result('Idle', { installAction: 'Error' })] }, BEGAN))
      .thenMatching((events) => {
        expect(events[0]).toMatchObject({ cause: 'update_unavailable', said: 'InstallAction Error' });
        expect(events[1]).toMatchObject({ kind: 'scan', try: 2, notBefore: later(BEGAN, 10) });
      }));
});

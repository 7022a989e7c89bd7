import { describe, expect, it } from '@jest/globals';
import { specify } from '@managed-os/kernel/testing';
import { deviceUpdate } from './decider.js';
import {
  answered,
  candidateFound,
  command,
  COUNTDOWN_END,
  countdownEnded,
  DEADLINE,
  deadlineReached,
  factsChanged,
  idlePlan,
  input,
  later,
  MAC,
  mdmError,
  notifyFromReached,
  notSent,
  obligation,
  OTHER_OBLIGATION,
  plan,
  played,
  PRODUCT,
  progressing,
  reported,
  result,
  stuckTry,
  time,
  watchId,
  watchSilent,
  watchStopped,
} from './testing/inputs.js';

const given = specify(deviceUpdate);
const types = (events: readonly { type: string }[]): string[] => events.map(({ type }) => type);

const found = [plan(), notifyFromReached(), ...candidateFound()];
const presumed = [...found, ...stuckTry(1), ...stuckTry(2), ...stuckTry(3)];
const asked = [...presumed, deadlineReached(), countdownEnded()];
const TAKEN = later(COUNTDOWN_END, 5);
const install = (status: string, change = {}, number = 1) =>
  answered(
    command('install', number),
    { results: [result(status, { installAction: 'InstallASAP', ...change })] },
    TAKEN,
  );
const taken = [...asked, install('Installing')];
const poll = (n: number, status: string | undefined, minutes: number, change = {}) =>
  reported(
    watchId('install'),
    n,
    status === undefined ? [] : [progressing(0.5, { status })],
    later(TAKEN, minutes),
    change,
  );
const to126 = {
  target: { version: '12.6' },
  steps: [{ mechanism: 'mdm_download_install', version: '12.6', preCache: true }],
};

describe('the install at the deadline (S16, Q8)', () => {
  it('S16 S19 is requested when the countdown ends, once', () => {
    given(played(presumed, deadlineReached()))
      .when(countdownEnded())
      .thenMatching((events) => {
        expect(types(events)).toEqual(['PhaseReached', 'InstallRequested', 'CommandRequested']);
        expect(events[1]).toMatchObject({ trigger: 'deadline', try: 1 });
        expect(events[2]).toMatchObject({ kind: 'install', installAction: 'InstallASAP', productKey: PRODUCT, try: 1 });
      });
    given(played(asked)).when(countdownEnded()).thenNothing();
  });

  it('does not wait for a download under way, whose watch ends', () =>
    given(played(found, stuckTry(1).slice(0, 2), deadlineReached()))
      .when(countdownEnded())
      .thenMatching((events) =>
        expect(types(events)).toEqual(['PhaseReached', 'WatchClosed', 'InstallRequested', 'CommandRequested']),
      ));

  it('takes back a download that was not answered, and does not wait out its pause', () => {
    const failed = answered(
      command('download'),
      { results: [result('DownloadInsufficientSpace')] },
      later(DEADLINE, 20),
    );
    given(played(found, deadlineReached(), failed))
      .when(countdownEnded())
      .thenMatching((events) => {
        expect(types(events)).toEqual(['PhaseReached', 'CommandsWithdrawn', 'InstallRequested', 'CommandRequested']);
        expect(events[1]).toMatchObject({ kind: 'download' });
        expect(events[3]).not.toHaveProperty('notBefore');
      });
  });

  it('Q39 a deadline that is moved into the future before the Mac took it takes it back', () =>
    given(played(asked))
      .when(plan({ obligation: obligation({ deadline: time('2022-09-30T14:00:00Z') }) }, later(COUNTDOWN_END, 1)))
      .thenMatching((events, after) => {
        expect(types(events)).toEqual(['StandingChanged', 'CommandsWithdrawn']);
        expect(after.attempt?.install).toBeUndefined();
        expect(after.attempt?.cached).toBe('presumed');
      }));

  it.each(['expired', 'no_longer_owed'])(
    'Q8 not sent (%s) although still owed: requested again as another try',
    (reason) =>
      given(played(asked))
        .when(notSent(command('install'), reason))
        .thenMatching((events) => {
          expect(types(events)).toEqual(['InstallRequested', 'CommandRequested']);
          expect(events[1]).toMatchObject({ try: 2, notBefore: later(COUNTDOWN_END, 20) });
        }),
  );

  it('another command that was not sent is requested again alone', () =>
    given(played(found))
      .when(notSent(command('download'), 'expired'))
      .thenMatching((events) => expect(events).toEqual([expect.objectContaining({ kind: 'download', try: 2 })])));

  it('not sent (withdrawn): we did that', () =>
    given(played(asked))
      .when(notSent(command('install'), 'withdrawn'))
      .thenNothing());

  it.each(['unenrolled', 're_enrolled'])(
    'not sent (%s): requested again, in case that the enrollment that follows came before; not twice at once',
    (reason) => {
      const refused = notSent(command('install'), reason);
      given(played(asked))
        .when(refused)
        .thenMatching((events) => {
          expect(types(events)).toEqual(['InstallRequested', 'CommandRequested']);
          expect(events[1]).toMatchObject({ try: 2, notBefore: later(COUNTDOWN_END, 20) });
        });
      given(played(asked, refused))
        .when(notSent(command('install', 2), reason, later(COUNTDOWN_END, 11)))
        .thenNothing();
      given(played(asked, refused))
        .when(notSent(command('install', 2), reason, later(COUNTDOWN_END, 20)))
        .thenMatching((events) => expect(events[1]).toMatchObject({ try: 3 }));
    },
  );
});

describe('an install that the Mac took (S17, Q9)', () => {
  it.each(['Installing', 'Downloading', 'Idle', 'Something new'])('“%s” is watched for as long as it takes', (status) =>
    given(played(asked))
      .when(install(status))
      .thenMatching((events) => {
        expect(types(events)).toEqual(['InstallStarted', 'WatchRequested']);
        expect(events[0]).toMatchObject({ said: status, patienceUntil: later(TAKEN, 240) });
        expect(events[1]).toMatchObject({
          subject: 'install',
          intervalSeconds: 600,
          longestIntervalSeconds: 600,
          silentAfterSeconds: 14_400,
        });
      }),
  );

  it('an acknowledgement without results is taken at its word', () =>
    given(played(asked))
      .when(answered(command('install'), {}, TAKEN))
      .thenMatching((events) => expect(types(events)).toContain('InstallStarted')));

  it.each(['Downloading', 'Installing'])('S17 Q9 “%s” moves the patience on', (status) =>
    given(played(taken))
      .when(poll(1, status, 200))
      .thenMatching((events) =>
        expect(events).toEqual([
          expect.objectContaining({ type: 'InstallObserved', status, patienceUntil: later(TAKEN, 440) }),
        ]),
      ),
  );

  it('S17 Q9 no word of it is no failure before the patience is over', () =>
    given(played(taken))
      .when(poll(1, undefined, 239))
      .thenNothing());

  it('Q9 then the Mac is asked again', () =>
    given(played(taken))
      .when(poll(1, undefined, 241))
      .thenMatching((events) => {
        expect(types(events)).toEqual(['WatchClosed', 'AttemptFailed', 'InstallRequested', 'CommandRequested']);
        expect(events[1]).toMatchObject({ cause: 'install_did_not_start', whoActs: 'apple' });
        expect(events[3]).toMatchObject({ kind: 'install', try: 2 });
      }));

  it('S17 Q9 silence is a restart, said once', () => {
    given(played(taken))
      .when(watchSilent(watchId('install')))
      .thenMatching((events) => expect(types(events)).toEqual(['RestartPresumed']));
    given(played(taken, watchSilent(watchId('install'))))
      .when(watchSilent(watchId('install')))
      .thenNothing();
  });

  it('a Mac that comes back as it was has our patience again', () =>
    given(played(taken, watchSilent(watchId('install'))))
      .when(poll(1, undefined, 500))
      .thenMatching((events, after) => {
        expect(events).toEqual([
          expect.objectContaining({ type: 'InstallObserved', status: '', patienceUntil: later(TAKEN, 740) }),
        ]);
        expect(after.attempt?.install?.watch?.restarting).toBe(false);
      }));

  it('X11 the version on the Mac verifies it, and only that', () => {
    given(played(taken))
      .when(poll(1, undefined, 60, { osVersion: '12.5.1', osBuild: '21G83' }))
      .thenMatching((events) => {
        expect(types(events)).toEqual(['VersionObserved', 'WatchClosed', 'AttemptClosed']);
        expect(events[0]).toMatchObject({ osVersion: '12.5.1', seenBy: 'watch', factsRevision: 1 });
        expect(events[2]).toMatchObject({ outcome: 'verified' });
      });
    given(played(taken))
      .when(poll(1, 'Installing', 60, { osVersion: '12.3' }))
      .thenMatching((events) => expect(types(events)).toEqual(['InstallObserved']));
  });

  it('the facts that follow such an answer are recorded, so that an older plan is known for one', () => {
    const seen = played(taken, poll(1, undefined, 60, { osVersion: '12.5.1' }));
    given(seen)
      .when(factsChanged('12.5.1', 3))
      .thenMatching((events) =>
        expect(events).toEqual([
          expect.objectContaining({ type: 'VersionObserved', factsRevision: 3, seenBy: 'facts' }),
        ]),
      );
  });

  it('a watch that ran out asks again', () =>
    given(played(taken))
      .when(watchStopped(watchId('install')))
      .thenMatching((events) =>
        expect(types(events)).toEqual(['WatchClosed', 'AttemptFailed', 'InstallRequested', 'CommandRequested']),
      ));

  it('another target or obligation is for later: what runs is let run', () => {
    given(played(taken))
      .when(plan({ ...to126 }, TAKEN))
      .thenMatching((events) => expect(types(events)).toEqual(['StandingChanged']));
    given(played(taken))
      .when(plan({ obligation: obligation({ obligationId: OTHER_OBLIGATION }) }, TAKEN))
      .thenMatching((events) => expect(types(events)).toEqual(['StandingChanged']));
  });

  it('another target after the install was requested is for later, too', () =>
    given(played(asked))
      .when(plan({ ...to126 }, TAKEN))
      .thenMatching((events) => expect(types(events)).toEqual(['StandingChanged'])));

  it('another obligation before the Mac took it begins a new attempt', () =>
    given(played(asked))
      .when(plan({ obligation: obligation({ obligationId: OTHER_OBLIGATION }) }, TAKEN))
      .thenMatching((events) =>
        expect(types(events)).toEqual(['StandingChanged', 'CommandsWithdrawn', 'AttemptClosed', 'AttemptOpened']),
      ));

  it('an install that fails goes on with the target of now', () =>
    given(played(taken, plan({ ...to126 }, TAKEN)))
      .when(poll(1, 'InstallFailed', 30))
      .thenMatching((events) => {
        expect(types(events)).toEqual([
          'WatchClosed',
          'AttemptFailed',
          'AttemptClosed',
          'AttemptOpened',
          'CommandRequested',
        ]);
        expect(events[3]).toMatchObject({ version: '12.6', attempt: 2 });
      }));

  it.each([
    ['blocked', 'bootstrap_token_missing'],
    ['blocked', 'not_supervised'],
    ['incompatible', 'hardware_unsupported'],
    ['unknown', undefined],
  ])('Q8 a Mac that is %s (%s) by then is let run: one install, whatever is mended meanwhile', (status, reason) => {
    const held = plan({ status, steps: [], ...(reason !== undefined && { reason }) }, later(TAKEN, 1));
    const mended = plan({ factsRevision: 2 }, later(TAKEN, 2));
    given(played(taken))
      .when(held)
      .thenMatching((events) => expect(types(events)).toEqual(['StandingChanged']));
    given(played(taken, held))
      .when(mended)
      .thenMatching((events) => expect(types(events)).toEqual(['StandingChanged']));
    given(played(taken, held, mended))
      .when(poll(1, undefined, 60, { osVersion: '12.5.1' }))
      .thenMatching((events) => expect(events.at(-1)).toMatchObject({ outcome: 'verified', attempt: 1 }));
    expect(
      played(taken, held, poll(1, undefined, 60, { osVersion: '12.5.1' })).filter((e) => e.type === 'AttemptClosed'),
    ).toMatchObject([{ outcome: 'verified' }]);
  });

  it('Q9 once it has failed, or our patience is over, what holds the Mac holds it', () => {
    const held = plan({ status: 'blocked', reason: 'bootstrap_token_missing', steps: [] }, later(TAKEN, 1));
    for (const end of [poll(1, 'InstallFailed', 30), poll(1, undefined, 241)])
      given(played(taken, held))
        .when(end)
        .thenMatching((events) => {
          expect(types(events)).toEqual(['WatchClosed', 'AttemptFailed', 'AttemptClosed']);
          expect(events[2]).toMatchObject({ outcome: 'blocked' });
        });
  });

  it('a Mac that left is not watched any more', () =>
    given(played(taken))
      .when(input({ type: 'DeviceUnenrolled', deviceId: MAC, reason: 'checked_out' }, later(TAKEN, 1)))
      .thenMatching((events) => expect(types(events)).toEqual(['StandingChanged', 'WatchClosed', 'AttemptClosed'])));

  it('Q38 a policy that is gone closes it', () =>
    given(played(taken))
      .when(idlePlan('not_managed'))
      .thenMatching((events) => expect(types(events)).toEqual(['StandingChanged', 'WatchClosed', 'AttemptClosed'])));
});

describe('an install that fails (X10, Q13)', () => {
  it.each([
    ['InstallInsufficientSpace', 'no_space'],
    ['InstallInsufficientPower', 'no_power'],
    ['InstallPhoneCallInProgress', 'call_in_progress'],
    ['InstallFailed', 'install_failed'],
  ])('%s is %s and is tried again in an hour', (status, cause) =>
    given(played(asked))
      .when(install(status))
      .thenMatching((events) => {
        expect(types(events)).toEqual(['AttemptFailed', 'InstallRequested', 'CommandRequested']);
        expect(events[0]).toMatchObject({ cause, said: status, kind: 'install' });
        expect(events[2]).toMatchObject({ try: 2, notBefore: later(TAKEN, 60) });
      }),
  );

  it('both levels of the answer are read: an acknowledged error is an error', () =>
    given(played(asked))
      .when(install('Idle', { installAction: 'Error', errors: [mdmError('Missing bootstrap token', 7, 'SUError')] }))
      .thenMatching((events) =>
        expect(events[0]).toMatchObject({ cause: 'not_authorised', said: 'SUError (7): Missing bootstrap token' }),
      ));

  it.each([
    ['Error without words', { installAction: 'Error' }],
    ['Error with words that we do not know', { installAction: 'Error', errors: [mdmError('0x21')] }],
    ['a product that is gone', { errors: [mdmError('The update is no longer available')] }],
  ])('Q13 %s while only presumed cached: the inference was wrong, it is downloaded afresh', (_, change) =>
    given(played(asked))
      .when(install('Idle', change))
      .thenMatching((events) => {
        expect(types(events)).toEqual(['InferenceWrong', 'CommandRequested']);
        expect(events[1]).toMatchObject({ kind: 'download', try: 4 });
      }),
  );

  it('Q13 and installed at once when it is there, because the deadline is over', () =>
    given(
      played(
        asked,
        install('Idle', { installAction: 'Error' }),
        answered(command('download', 4), { results: [result('Downloading')] }, TAKEN),
      ),
    )
      .when(reported(watchId('download', 4), 1, [progressing(1, { isDownloaded: true })], later(TAKEN, 30)))
      .thenMatching((events) => {
        expect(types(events)).toEqual([
          'DownloadObserved',
          'UpdateCached',
          'WatchClosed',
          'InstallRequested',
          'CommandRequested',
        ]);
        expect(events[4]).toMatchObject({ kind: 'install', try: 2 });
      }));

  it('Q13 without an inference it is looked for again, and installed when it is found', () =>
    given(played(found, deadlineReached(), countdownEnded()))
      .when(install('Idle', { installAction: 'Error' }))
      .thenMatching((events) => {
        expect(types(events)).toEqual(['AttemptFailed', 'CommandRequested']);
        expect(events[1]).toMatchObject({ kind: 'scan', try: 2 });
      }));

  it('an answered error is a failure', () =>
    given(played(asked))
      .when(answered(command('install'), { outcome: 'error', errors: [mdmError('x')] }, TAKEN))
      .thenMatching((events) => expect(events[0]).toMatchObject({ type: 'AttemptFailed', cause: 'unknown' })));

  it('S17 Q9 an error to a poll is none: while it installs a Mac may not be asked', () => {
    given(played(taken))
      .when(poll(1, undefined, 10, { errors: [mdmError('busy')] }))
      .thenNothing();
    given(played(taken))
      .when(poll(1, undefined, 241, { errors: [mdmError('busy')] }))
      .thenMatching((events) => expect(events[1]).toMatchObject({ cause: 'install_did_not_start' }));
  });
});

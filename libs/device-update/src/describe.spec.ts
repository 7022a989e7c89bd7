import { describe, expect, it } from '@jest/globals';
import { deviceUpdate, type UpdateInput } from './decider.js';
import { describe as describeState, type Description } from './describe.js';
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
  NOTIFY_FROM,
  notifyFromReached,
  plan,
  played,
  progressing,
  reported,
  result,
  START,
  stuckTry,
  upgradePlan,
  watchId,
  watchSilent,
} from './testing/inputs.js';

const after = (...inputs: readonly (UpdateInput | readonly UpdateInput[])[]): Description =>
  describeState(played(...inputs).reduce(deviceUpdate.evolve, deviceUpdate.initial));

const found = [plan(), notifyFromReached(), ...candidateFound()];
const stuck = [...stuckTry(1), ...stuckTry(2), ...stuckTry(3)];
const asked = [...found, ...stuck, deadlineReached(), countdownEnded()];
const taken = [...asked, answered(command('install'), { results: [result('Installing')] }, later(COUNTDOWN_END, 5))];

describe('what holds a Mac, who acts, and what happens next (section 7, X2)', () => {
  it('before anything is worked out it is unknown', () =>
    expect(after()).toMatchObject({ status: 'unknown', whoActsNext: 'us' }));

  it.each<[string, readonly UpdateInput[], Partial<Description>]>([
    [
      'waiting',
      [plan()],
      { whoActsNext: 'us', nextAt: NOTIFY_FROM, next: 'Nothing happens until 2022-09-11 16:00 (Europe/Paris).' },
    ],
    ['caching', [plan(), notifyFromReached()], { whoActsNext: 'mac' }],
    ['caching', found, { whoActsNext: 'mac' }],
    [
      'caching',
      [...found, ...stuckTry(1).slice(0, 1), reported(watchId('download'), 1, [progressing(0.42)])],
      {
        next: 'The Mac downloads macOS 12.5.1 (42 %); it is installed after the deadline, 2022-09-16 16:00 (Europe/Paris).',
        nextAt: DEADLINE,
      },
    ],
    [
      'cached',
      [
        ...found,
        ...stuckTry(1).slice(0, 1),
        reported(watchId('download'), 1, [progressing(1, { isDownloaded: true })]),
      ],
      { whoActsNext: 'us', nextAt: DEADLINE },
    ],
    ['cached_assumed', [...found, ...stuck], { whoActsNext: 'us', nextAt: DEADLINE }],
    ['prompting', [upgradePlan(), notifyFromReached()], { whoActsNext: 'user', nextAt: DEADLINE }],
    ['countdown', [...found, ...stuck, deadlineReached()], { overdue: true, nextAt: COUNTDOWN_END }],
    ['installing', asked, { whoActsNext: 'mac', overdue: true }],
    [
      'installing',
      taken,
      { whoActsNext: 'mac', next: expect.stringContaining('a long wait is expected') as unknown as string },
    ],
    ['restarting', [...taken, watchSilent(watchId('install'))], { whoActsNext: 'mac' }],
    ['verifying', [...taken, factsChanged('12.5.1', 2)], { whoActsNext: 'us', overdue: false }],
    [
      'waiting_for_apple',
      [plan(), notifyFromReached(), answered(command('scan')), answered(command('available'))],
      { reason: 'not_offered', whoActsNext: 'apple', overdue: false },
    ],
    [
      'waiting_for_apple',
      [upgradePlan(), deadlineReached(), answered(command('scan')), answered(command('available')), countdownEnded()],
      { reason: 'not_offered', overdue: true },
    ],
    ['waiting_for_apple', [upgradePlan(), deadlineReached(), countdownEnded()], { whoActsNext: 'mac', overdue: true }],
    [
      'failed',
      [...asked, answered(command('install'), { results: [result('InstallInsufficientSpace')] }, COUNTDOWN_END)],
      { reason: 'no_space', whoActsNext: 'user', nextAt: later(COUNTDOWN_END, 60) },
    ],
  ])('%s', (stage, inputs, expected) => expect(after(inputs)).toMatchObject({ status: 'due', stage, ...expected }));

  it('S17 Q9 a long wait for the install is said to be expected', () =>
    expect(after(taken).next).toContain('download and install are one action'));

  it('S22 on 11.4 to 11.6 the wording names Apple’s limitation and how to tell Apple', () => {
    const unreliable = after(plan({ osVersion: '11.6' }), notifyFromReached(), candidateFound(), stuck);
    expect(unreliable).toMatchObject({ stage: 'cached_assumed' });
    expect(unreliable.next).toContain('limitation of Apple');
    expect(unreliable.next).toContain('feedbackassistant.apple.com');
    expect(after(found, stuck).next).not.toContain('limitation');
  });

  it('S22 a failure without a cause is called Apple’s, too', () => {
    const failed = after(asked, answered(command('install'), { results: [result('InstallFailed')] }, COUNTDOWN_END));
    expect(failed.next).toContain('feedbackassistant.apple.com');
    expect(failed.next).toContain('The Mac said: "InstallFailed".');
  });

  it.each([
    ['compliant', undefined, 'nobody'],
    ['above_required', undefined, 'nobody'],
    ['not_managed', undefined, 'nobody'],
    ['unknown', 'inventory_missing', 'mac'],
    ['incompatible', 'bootstrap_token_updates_broken', 'admin'],
    ['incompatible', 'hardware_unsupported', 'admin'],
    ['incompatible', 'a reason of tomorrow', 'admin'],
    ['blocked', 'bootstrap_token_missing', 'user'],
    ['blocked', 'not_supervised', 'admin'],
    ['a status of tomorrow', undefined, 'us'],
  ])('%s / %s is explained', (status, reason, whoActsNext) => {
    const described = after(idlePlan(status, { ...(reason !== undefined && { reason }) }));
    expect(described).toMatchObject({ status, ...(reason !== undefined && { reason }), whoActsNext, overdue: false });
    expect(described.next).toMatch(/\.$/);
  });

  it('S27 S28 Apple silicon before 11.4 is incompatible, and why is said', () => {
    const described = after(idlePlan('incompatible', { reason: 'bootstrap_token_updates_broken', osVersion: '11.3' }));
    expect(described.next).toContain('broken before macOS 11.4');
  });

  it('a blocked Mac whose deadline passed is overdue', () =>
    expect(after(plan({ status: 'blocked', reason: 'not_supervised' }), deadlineReached())).toMatchObject({
      status: 'blocked',
      overdue: true,
    }));

  it('X11 a silent Mac is unknown since then, and what was last known is said', () => {
    const silent = after(taken, input({ type: 'DeviceSilent', deviceId: MAC, since: START }, later(DEADLINE, 20_000)));
    expect(silent).toMatchObject({ status: 'due', unknownSince: START, whoActsNext: 'user' });
    expect(silent.next).toContain('2022-09-10 06:00 UTC');
    expect(silent.next).toContain('Last known');
  });

  it('S20 S22 a download that fails there is Apple’s limitation, too, unless somebody can mend it', () => {
    const refusedOn = (osVersion: string, status: string) =>
      after(
        plan({ osVersion }),
        notifyFromReached(),
        candidateFound(),
        answered(command('download'), { results: [result(status)] }, later(NOTIFY_FROM, 20)),
      ).next;
    expect(refusedOn('11.6', 'DownloadFailed')).toContain('macOS 11.4 to 11.6 reports downloads unreliably');
    expect(refusedOn('11.6', 'DownloadFailed')).toContain('feedbackassistant.apple.com');
    expect(refusedOn('11.6', 'DownloadInsufficientSpace')).not.toContain('limitation');
    expect(refusedOn('12.3', 'DownloadFailed')).not.toContain('unreliably');
  });

  it('S20 S22 an install that fails there is not called a download', () => {
    const failed = after(
      plan({ osVersion: '11.6' }),
      notifyFromReached(),
      candidateFound(),
      stuck,
      deadlineReached(),
      countdownEnded(),
      answered(command('install'), { results: [result('InstallFailed')] }, COUNTDOWN_END),
    );
    expect(failed).toMatchObject({ stage: 'failed', reason: 'install_failed' });
    expect(failed.next).toContain('limitation of Apple');
    expect(failed.next).not.toContain('reports downloads unreliably');
  });

  it('a zone that this machine does not know is no reason to fail', () =>
    expect(
      describeState({
        factsRevision: 1,
        attempts: 0,
        otherPhases: [],
        declared: [],
        standing: {
          status: 'due',
          factsRevision: 1,
          phase: 'waiting',
          agentInstalled: false,
          warnings: [],
          notifyFrom: NOTIFY_FROM,
          zone: 'Mars/Base',
        },
      }).next,
    ).toContain('UTC'));
});

import { describe, expect, it } from '@jest/globals';
import { specify } from '@managed-os/kernel/testing';
import { deviceUpdate } from './decider.js';
import { declaredPlan, enforced } from './testing/declared-inputs.js';
import {
  answered,
  command,
  COUNTDOWN_END,
  countdownEnded,
  deadlineReached,
  factsChanged,
  later,
  NOTIFY_FROM,
  obligation,
  plan,
  played,
  reported,
  result,
  upgradePlan,
  watchId,
} from './testing/inputs.js';

/** While it is prompted. */
const LATER = later(NOTIFY_FROM, 60);
const given = specify(deviceUpdate);
const types = (events: readonly { type: string }[]): string[] => events.map(({ type }) => type);

describe('a Mac that comes to macOS 14 within an attempt', () => {
  const declaredNext = declaredPlan(
    { factsRevision: 2, osVersion: '14.6', obligation: obligation({ version: '15.8.1' }) },
    later(NOTIFY_FROM, 300),
  );
  const legacy = {
    osVersion: '13.7.8',
    obligation: obligation({ version: '15.8.1' }),
    steps: [{ mechanism: 'mdm_install_asap', version: '15.8.1', build: '24H32', preCache: false }],
  };
  const upgraded = factsChanged('14.6', 2, {}, later(NOTIFY_FROM, 299));
  const installing = [
    upgradePlan(legacy),
    deadlineReached(),
    answered(command('scan')),
    answered(command('available'), {
      available: [
        {
          productKey: 'K',
          version: '15.8.1',
          majorOsUpdate: true,
          configDataUpdate: false,
          firmwareUpdate: false,
          requiresBootstrapToken: true,
          securityResponse: false,
        },
      ],
    }),
    countdownEnded(),
  ];

  it('X1 has its commands withdrawn and is declared to when the plan says so', () => {
    given(played(upgradePlan(legacy), deadlineReached()))
      .when(upgraded)
      .thenMatching((events) => {
        expect(types(events)).toEqual(['VersionObserved', 'CommandsWithdrawn', 'AttemptClosed']);
        expect(events[2]).toMatchObject({ outcome: 'retargeted' });
      });
    expect(types(played(upgradePlan(legacy), deadlineReached(), upgraded, declaredNext)).slice(-3)).toEqual([
      'StandingChanged',
      'AttemptOpened',
      'DeclarationRequested',
    ]);
  });

  it('X1 has its watch closed, also that of an install', () => {
    given(played(installing, answered(command('install'), { results: [result('Installing')] }, COUNTDOWN_END)))
      .when(reported(watchId('install'), 1, [], later(COUNTDOWN_END, 60), { osVersion: '14.6' }))
      .thenMatching((events) => expect(types(events)).toEqual(['VersionObserved', 'WatchClosed', 'AttemptClosed']));
  });

  it('trap 24 a plan of before brings no command to a Mac that was seen on macOS 27', () => {
    const on27 = played(factsChanged('27.0', 1));
    given(on27)
      .when(
        plan({
          osVersion: '27.0',
          obligation: obligation({ version: '27.0.1' }),
          steps: [{ mechanism: 'mdm_download_install', version: '27.0.1', preCache: true }],
        }),
      )
      .thenMatching((events) => expect(types(events)).toEqual(['StandingChanged']));
  });

  it('trap 24 whatever was asked of it is taken back when it is seen on macOS 27', () => {
    const to2701 = {
      osVersion: '13.7.8',
      obligation: obligation({ version: '27.0.1' }),
      steps: [{ mechanism: 'mdm_install_asap', version: '27.0.1', preCache: false }],
    };
    given(played(upgradePlan(to2701), deadlineReached()))
      .when(factsChanged('27.0', 2))
      .thenMatching((events) =>
        expect(types(events)).toEqual(['VersionObserved', 'CommandsWithdrawn', 'AttemptClosed']),
      );
  });

  it('a Mac that went back to macOS 13 is not declared to any more', () =>
    given(played(enforced))
      .when(
        plan(
          {
            factsRevision: 2,
            osVersion: '13.7.8',
            obligation: obligation({ version: '13.7.9' }),
            steps: [{ mechanism: 'mdm_download_install', version: '13.7.9', preCache: true }],
          },
          LATER,
        ),
      )
      .thenMatching((events) =>
        expect(types(events)).toEqual([
          'VersionObserved',
          'StandingChanged',
          'DeclarationWithdrawn',
          'AttemptClosed',
          'AttemptOpened',
          'CommandRequested',
        ]),
      ));
});

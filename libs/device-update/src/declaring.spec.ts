import { describe, expect, it } from '@jest/globals';
import { specify } from '@managed-os/kernel/testing';
import { deviceUpdate, type UpdateInput } from './decider.js';
import {
  declaredFacts,
  declaredPlan,
  declaredStep,
  enforced,
  updateState,
  declarationsRequested,
  to1582,
  WHILE_PROMPTED,
} from './testing/declared-inputs.js';
import {
  countdownEnded,
  DEADLINE,
  deadlineReached,
  factsChanged,
  idlePlan,
  input,
  later,
  MAC,
  notifyFromReached,
  obligation,
  OBLIGATION,
  OTHER_OBLIGATION,
  plan,
  played,
} from './testing/inputs.js';

const given = specify(deviceUpdate);
const types = (events: readonly { type: string }[]): string[] => events.map(({ type }) => type);

describe('one declaration, from its time on (X1, row 8)', () => {
  it('X1 S48 S79 it is requested when its time comes, with all that it says', () => {
    given(played(declaredFacts(), declaredPlan())).when(notifyFromReached()).then(
      {
        type: 'PhaseReached',
        deviceId: MAC,
        obligationId: OBLIGATION,
        phase: 'prompting',
        mechanism: 'ddm_enforcement',
      },
      {
        type: 'DeclarationRequested',
        deviceId: MAC,
        obligationId: OBLIGATION,
        attempt: 1,
        try: 1,
        version: '15.8.1',
        build: '24H32',
        targetLocalDateTime: '2022-09-16T16:00:00',
        deadline: DEADLINE,
        earliest: DEADLINE,
        latest: DEADLINE,
        zone: 'Europe/Paris',
      },
    );
  });

  it('S48 S79 not earlier', () => expect(declarationsRequested(declaredFacts(), declaredPlan())).toEqual([]));

  it('6b macOS prompts, counts down and forces: nothing else is requested, and no prompt is missed', () => {
    given(played(enforced))
      .when(deadlineReached())
      .thenMatching((events) => expect(types(events)).toEqual(['PhaseReached']));
    given(played(enforced, deadlineReached()))
      .when(countdownEnded())
      .thenMatching((events) => expect(types(events)).toEqual(['PhaseReached']));
  });

  it('a catalogue without a build declares the version alone', () =>
    expect(
      declarationsRequested(
        declaredPlan({ steps: [{ mechanism: 'ddm_enforcement', version: '15.8.1', preCache: false }] }),
        notifyFromReached(),
      )[0],
    ).not.toHaveProperty('build'));

  it('row 8 without a bootstrap token it is declared all the same, though the Mac is blocked', () => {
    const blocked = declaredPlan({ status: 'blocked', reason: 'bootstrap_token_missing' }, WHILE_PROMPTED);
    const blockedFirst = declaredPlan({ status: 'blocked', reason: 'bootstrap_token_missing' });
    given(played(declaredFacts(), blockedFirst))
      .when(notifyFromReached())
      .thenMatching((events) => expect(types(events)).toEqual(['PhaseReached', 'DeclarationRequested']));
    given(played(enforced))
      .when(blocked)
      .thenMatching((events) => expect(types(events)).toEqual(['StandingChanged']));
    given(played(declaredFacts(), blockedFirst, notifyFromReached()))
      .when(declaredPlan({}, WHILE_PROMPTED))
      .thenMatching((events) => expect(types(events)).toEqual(['StandingChanged']));
  });

  it.each(['not_supervised', 'not_enrolled'])('trap 29 a Mac that is %s is not declared to', (reason) =>
    expect(declarationsRequested(declaredPlan({ status: 'blocked', reason }), notifyFromReached())).toEqual([]),
  );

  it('rows 9 to 11 are not pursued without a bootstrap token', () =>
    expect(
      types(played(plan({ status: 'blocked', reason: 'bootstrap_token_missing' }), notifyFromReached())),
    ).not.toContain('AttemptOpened'));
});

describe('it is taken off the Mac', () => {
  it.each<[string, UpdateInput, string]>([
    ['trap 19 once the version is there', factsChanged('15.8.1', 2), 'verified'],
    [
      'Q38 when nobody asks for it any more',
      idlePlan('not_managed', { factsRevision: 2, osVersion: '15.7.1' }),
      'withdrawn',
    ],
    [
      'trap 29 when the Mac is not supervised any more',
      declaredPlan({ status: 'blocked', reason: 'not_supervised' }),
      'blocked',
    ],
    ['when the Mac left', input({ type: 'DeviceUnenrolled', deviceId: MAC, reason: 'checked_out' }), 'unenrolled'],
    [
      'trap 17 when Apple has another build of it',
      declaredPlan({ steps: [declaredStep({ build: '24H40' })] }),
      'retargeted',
    ],
    [
      'when another obligation binds',
      declaredPlan({ obligation: obligation({ version: '15.8.1', obligationId: OTHER_OBLIGATION }) }),
      'retargeted',
    ],
  ])('%s', (_, fact, reason) =>
    given(played(enforced))
      .when(fact)
      .thenMatching((events) =>
        expect(events).toContainEqual({
          type: 'DeclarationWithdrawn',
          deviceId: MAC,
          obligationId: OBLIGATION,
          attempt: 1,
          try: 1,
          reason,
        }),
      ),
  );

  it('when a Mac left that was blocked and declared to all the same', () => {
    const blocked = declaredPlan({ status: 'blocked', reason: 'bootstrap_token_missing' });
    given(played(declaredFacts(), blocked, notifyFromReached()))
      .when(input({ type: 'DeviceUnenrolled', deviceId: MAC, reason: 'checked_out' }, WHILE_PROMPTED))
      .thenMatching((events) =>
        expect(types(events)).toEqual(['StandingChanged', 'DeclarationWithdrawn', 'AttemptClosed']),
      );
  });

  it('a Mac that enrolls again has lost it, and is declared to anew', () =>
    given(played(enforced))
      .when(input({ type: 'DeviceEnrolled', deviceId: MAC, udid: 'U', again: true }, WHILE_PROMPTED))
      .thenMatching((events) => {
        expect(types(events)).toEqual([
          'DeclarationWithdrawn',
          'AttemptClosed',
          'AttemptOpened',
          'DeclarationRequested',
        ]);
        expect(events[3]).toMatchObject({ attempt: 2, targetLocalDateTime: '2022-09-16T16:00:00' });
      }));

  it('not before it was requested', () =>
    given(played(declaredPlan()))
      .when(factsChanged('15.8.1', 2))
      .thenMatching((events) => expect(types(events)).toEqual(['VersionObserved', 'AttemptClosed'])));

  it('Q8 what macOS is installing is left alone, whatever holds the Mac by then', () => {
    const blocked = declaredPlan({ status: 'blocked', reason: 'not_supervised' }, WHILE_PROMPTED);
    given(played(enforced, updateState('installing')))
      .when(blocked)
      .thenMatching((events) => expect(types(events)).toEqual(['StandingChanged']));
    given(played(enforced, updateState('installing'), blocked))
      .when(updateState('failed', { failure: { count: 1, reason: 'BatteryTooLow' } }, WHILE_PROMPTED))
      .thenMatching((events) =>
        expect(types(events)).toEqual([
          'UpdateStateObserved',
          'AttemptFailed',
          'DeclarationWithdrawn',
          'AttemptClosed',
        ]),
      );
  });

  it('what macOS is installing is left alone, whatever the plan wants next', () => {
    const installing = played(enforced, updateState('installing'));
    given(installing)
      .when(declaredPlan(to1582, WHILE_PROMPTED))
      .thenMatching((events) => expect(types(events)).toEqual(['StandingChanged']));
    const moved = obligation({ version: '15.8.1', deadline: later(DEADLINE, 1_440) });
    given(installing)
      .when(declaredPlan({ obligation: moved }, WHILE_PROMPTED))
      .thenMatching((events) => expect(types(events)).toEqual(['StandingChanged']));
    given(played(enforced, updateState('installing', { pendingVersion: { osVersion: '15.7.9' } })))
      .when(declaredPlan(to1582, WHILE_PROMPTED))
      .thenMatching((events) => expect(types(events)).toContain('DeclarationRequested'));
  });
});

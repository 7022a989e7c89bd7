import { describe, expect, it } from '@jest/globals';
import { specify } from '@managed-os/kernel/testing';
import { deviceUpdate, type UpdateInput } from './decider.js';
import { stageOf } from './stage.js';
import { declaredPlan, declared, enforced, updateState } from './testing/declared-inputs.js';
import { deadlineReached, factsChanged, input, MAC, plan, played } from './testing/inputs.js';

const given = specify(deviceUpdate);
const after = (...inputs: readonly (UpdateInput | readonly UpdateInput[])[]) =>
  played(...inputs).reduce(deviceUpdate.evolve, deviceUpdate.initial);

const failure = (count: number, reason?: string, timestamp?: string) => ({
  failure: { count, ...(reason !== undefined && { reason }), ...(timestamp !== undefined && { timestamp }) },
});

describe('what macOS does by itself (X1)', () => {
  it('X1 a status report drives the update stream, whole', () =>
    given(played(enforced))
      .when(updateState('downloading'))
      .then({
        type: 'UpdateStateObserved',
        deviceId: MAC,
        attempt: 1,
        installState: 'downloading',
        pendingVersion: '15.8.1',
        pendingBuild: '24H32',
        pendingLocalDateTime: '2022-09-16T16:00:00',
        installReasons: ['declaration'],
        failures: 0,
      }));

  it('a report that says the same again says nothing', () =>
    given(played(enforced, updateState('downloading')))
      .when(updateState('downloading'))
      .thenNothing());

  it('nothing pending, nothing told', () =>
    given(played(enforced))
      .when(input({ type: 'UpdateStateReported', deviceId: MAC, installReasons: [] }))
      .then({
        type: 'UpdateStateObserved',
        deviceId: MAC,
        attempt: 1,
        installState: '',
        installReasons: [],
        failures: 0,
      }));

  it('means nothing for a Mac that owes nothing, or that is not declared to', () => {
    given().when(updateState('downloading')).thenNothing();
    given(played(plan())).when(updateState('downloading')).thenNothing();
  });

  it.each([
    ['none', 'prompting'],
    ['waiting', 'caching'],
    ['downloading', 'caching'],
    ['prepared', 'cached'],
    ['installing', 'installing'],
    ['a word of tomorrow', 'prompting'],
  ])('trap 12 “%s” is the stage %s', (installState, stage) =>
    expect(stageOf(after(enforced, updateState(installState)))).toBe(stage),
  );

  it('6b the deadline makes no countdown of ours', () =>
    expect(stageOf(after(enforced, updateState('prepared'), deadlineReached()))).toBe('cached'));

  it('before its time only an install counts', () => {
    expect(stageOf(after(declaredPlan(), updateState('prepared')))).toBe('waiting');
    expect(stageOf(after(declaredPlan(), updateState('installing')))).toBe('installing');
  });

  it('another version that is pending is not this one', () =>
    expect(stageOf(after(enforced, updateState('prepared', { pendingVersion: { osVersion: '15.7.9' } })))).toBe(
      'prompting',
    ));

  it('X11 installed is what was seen, not what macOS says of its install', () => {
    const { standing, observed, attempt } = after(enforced, updateState('installing'), updateState('none'));
    expect(standing?.status).toBe('due');
    expect(observed?.version).toBe('15.7.1');
    expect(attempt).toBeDefined();
    expect(played(enforced, updateState('installing'), factsChanged('15.8.1', 2)).at(-1)).toMatchObject({
      type: 'AttemptClosed',
      outcome: 'verified',
      observedVersion: '15.8.1',
    });
  });
});

describe('an update that fails (X10)', () => {
  it('X10 names cause, who acts and how often, and is left to macOS', () =>
    given(played(enforced))
      .when(updateState('failed', failure(2, 'Insufficient disk space', '2022-09-12T09:00:00Z')))
      .thenMatching((events) => {
        expect(events[0]).toMatchObject({ failures: 2, failedAt: '2022-09-12T09:00:00Z' });
        expect(events[1]).toEqual({
          type: 'AttemptFailed',
          deviceId: MAC,
          attempt: 1,
          cause: 'no_space',
          whoActs: 'user',
          said: 'Insufficient disk space',
          kind: 'update',
          count: 2,
        });
        expect(events).toHaveLength(2);
      }));

  it.each([
    ['SUMacControllerError Code=7507 "Access request was denied"', 'not_authorised'],
    ['BatteryTooLow', 'no_power'],
    ['Something nobody has seen', 'unknown'],
    [undefined, 'update_failed'],
  ])('X10 “%s” is %s', (reason, cause) =>
    given(played(enforced))
      .when(updateState('failed', failure(1, reason)))
      .thenMatching((events) => expect(events[1]).toMatchObject({ cause, said: reason ?? '' })),
  );

  it('the word alone is a failure too', () =>
    given(played(enforced))
      .when(updateState('failed'))
      .thenMatching((events) => expect(events[1]).toMatchObject({ cause: 'update_failed', kind: 'update' })));

  const once = [...enforced, updateState('failed', failure(1, 'BatteryTooLow', '2022-09-12T09:00:00Z'))];

  it('one that was counted before is no news, one more is', () => {
    const again = updateState('failed', {
      ...failure(1, 'BatteryTooLow', '2022-09-12T09:00:00Z'),
      installReasons: ['declaration', 'notification'],
    });
    given(played(once))
      .when(again)
      .thenMatching((events) => expect(events).toHaveLength(1));
    expect(stageOf(after(once, again))).toBe('failed');
    given(played(once))
      .when(updateState('failed', failure(2, 'BatteryTooLow', '2022-09-12T11:00:00Z')))
      .thenMatching((events) => expect(events[1]).toMatchObject({ type: 'AttemptFailed', count: 2 }));
  });

  it('one that goes on has not failed any more', () =>
    expect(stageOf(after(once, updateState('downloading', failure(1, 'BatteryTooLow', '2022-09-12T09:00:00Z'))))).toBe(
      'caching',
    ));

  it('of another version is none of ours', () =>
    given(played(declared))
      .when(updateState('failed', { ...failure(1, 'BatteryTooLow'), pendingVersion: { osVersion: '26.1' } }))
      .thenMatching((events) => expect(events.map(({ type }) => type)).toEqual(['UpdateStateObserved'])));
});

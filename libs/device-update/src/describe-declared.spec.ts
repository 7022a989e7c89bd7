import { describe, expect, it } from '@jest/globals';
import { deviceUpdate, type UpdateInput } from './decider.js';
import { describe as describeState, type Description } from './describe.js';
import {
  declarationFetched,
  declarationNotOffered,
  declarationOffered,
  declarationReported,
  declared,
  declaredFacts,
  declaredPlan,
  enforced,
  inForce,
  invalid,
  updateState,
} from './testing/declared-inputs.js';
import {
  DEADLINE,
  deadlineReached,
  factsChanged,
  later,
  NOTIFY_FROM,
  notifyFromReached,
  played,
} from './testing/inputs.js';

const after = (...inputs: readonly (UpdateInput | readonly UpdateInput[])[]): Description =>
  describeState(played(...inputs).reduce(deviceUpdate.evolve, deviceUpdate.initial));

const time = "macOS enforces it at 2022-09-16 16:00 on the Mac's own clock (Europe/Paris)";

describe('what holds a Mac that is declared to, who acts, and what happens next (6b, X2)', () => {
  it.each<[string, readonly UpdateInput[], Partial<Description>]>([
    ['waiting', [declaredPlan()], { whoActsNext: 'us', nextAt: NOTIFY_FROM }],
    [
      'prompting',
      declared,
      { whoActsNext: 'mac', next: `macOS 15.8.1 is declared to the Mac, which has not fetched that yet; ${time}.` },
    ],
    ['prompting', [...declared, declarationOffered()], { whoActsNext: 'mac', nextAt: DEADLINE }],
    [
      'prompting',
      [...declared, declarationOffered(), declarationFetched()],
      {
        whoActsNext: 'mac',
        next: `The Mac fetched the declaration of macOS 15.8.1 and has not put it in force; ${time}.`,
      },
    ],
    [
      'prompting',
      enforced,
      {
        whoActsNext: 'user',
        next: `macOS 15.8.1 is declared and in force: macOS prompts by itself, and the user may install it before; ${time}.`,
      },
    ],
    [
      'caching',
      [...enforced, updateState('waiting')],
      { whoActsNext: 'mac', next: `The Mac is about to download macOS 15.8.1 by itself; ${time}.` },
    ],
    [
      'caching',
      [...enforced, updateState('downloading')],
      { next: `The Mac downloads macOS 15.8.1 by itself; ${time}.` },
    ],
    [
      'cached',
      [...enforced, updateState('prepared')],
      { whoActsNext: 'user', next: `macOS 15.8.1 is ready on the Mac and the user may install it; ${time}.` },
    ],
    ['installing', [...enforced, updateState('installing')], { whoActsNext: 'mac' }],
    [
      'waiting_for_apple',
      [...enforced, declarationNotOffered('version_gone')],
      { whoActsNext: 'apple', reason: 'not_offered' },
    ],
    [
      'failed',
      [...enforced, updateState('failed', { failure: { count: 3, reason: 'BatteryTooLow' } })],
      {
        whoActsNext: 'user',
        reason: 'no_power',
        next: 'The battery is too low; the Mac has to be connected to power. The Mac said: "BatteryTooLow". It has failed 3 times; macOS tries again by itself.',
      },
    ],
    [
      'failed',
      [
        ...declared,
        declarationOffered(),
        declarationReported({ enforcement: invalid('Error.UnknownPayloadKeys'), activation: inForce() }),
      ],
      { whoActsNext: 'us', reason: 'declaration_malformed' },
    ],
    ['failed', [...declared, declarationNotOffered('not_supported')], { whoActsNext: 'admin' }],
    ['verifying', [...enforced, factsChanged('15.8.1', 2)], { whoActsNext: 'us' }],
  ])('%s', (stage, inputs, expected) => expect(after(inputs)).toMatchObject({ status: 'due', stage, ...expected }));

  it('X10 a declaration that is not taken is told of whatever macOS says of its own update, and until it is taken', () => {
    const refused = [...declared, declarationNotOffered('not_supported')];
    const failedToo = [
      ...refused,
      updateState('failed', { failure: { count: 1, reason: 'BatteryTooLow' } }),
      updateState('downloading'),
    ];
    for (const history of [refused, failedToo, failedToo.slice(0, -1)])
      expect(after(history)).toMatchObject({
        stage: 'failed',
        reason: 'declaration_not_supported',
        whoActsNext: 'admin',
      });
    expect(after(failedToo, declarationOffered())).toMatchObject({ stage: 'caching', whoActsNext: 'mac' });
    expect(after(failedToo.slice(0, -1), declarationOffered())).toMatchObject({ stage: 'failed', reason: 'no_power' });
  });

  it('S69 a zone that nobody knows is said, with the last instant that it can mean', () => {
    const unknown = after(declaredPlan(), notifyFromReached());
    expect(unknown).toMatchObject({ reason: 'device_zone_unknown', nextAt: later(DEADLINE, 26 * 60) });
    expect(unknown.next).toContain('2022-09-17 18:00 (Europe/Paris) at the latest');
  });

  it('a Mac that was off at the deadline is forced after its next start', () =>
    expect(after(enforced, updateState('prepared'), deadlineReached())).toMatchObject({
      overdue: true,
      next: `macOS 15.8.1 is ready on the Mac and the user may install it; ${time}, or an hour after its next start.`,
    }));

  it('another version that is pending is said', () =>
    expect(after(enforced, updateState('prepared', { pendingVersion: { osVersion: '15.7.9' } })).next).toContain(
      'The Mac has macOS 15.7.9 pending.',
    ));

  it('row 8 without a bootstrap token it is blocked, and a volume owner can authorise it', () => {
    const blocked = after(
      declaredFacts(),
      declaredPlan({ status: 'blocked', reason: 'bootstrap_token_missing' }),
      notifyFromReached(),
    );
    expect(blocked).toMatchObject({ status: 'blocked', reason: 'bootstrap_token_missing', whoActsNext: 'user' });
    expect(blocked.next).toContain('a volume owner can authorise it');
  });
});

import { describe, expect, it } from '@jest/globals';
import type { JsonDict } from '../json.js';
import { newState } from '../state.js';
import { aSonomaMac } from '../testing/declared-mac.js';
import type { Declaration } from './declaration.js';
import { newDeclarative } from './declarative-state.js';
import { ACTIVATION, ENFORCEMENT, PROPERTIES, SETTINGS, SUBSCRIPTIONS } from './schema.js';
import { type Verdict, verdictsOf } from './verdicts.js';

const TARGET = { TargetOSVersion: '14.6', TargetLocalDateTime: '2024-08-20T18:00:00' };

const declared = (identifier: string, type: string, payload: JsonDict): Declaration => {
  const word = type.split('.')[2];
  const kind = word === 'activation' || word === 'asset' || word === 'management' ? word : 'configuration';
  return { kind, identifier, serverToken: `${identifier}-1`, content: { type, payload } };
};
const activation = (predicate: string | undefined, ...names: readonly string[]): Declaration =>
  declared('act', ACTIVATION, {
    StandardConfigurations: names,
    ...(predicate === undefined ? {} : { Predicate: predicate }),
  });

const judged = (
  held: readonly Declaration[],
  change: object = {},
): ReadonlyMap<string, Omit<Verdict, 'declaration'>> => {
  const mac = aSonomaMac(change);
  const state = { ...newState(mac), declarative: { ...newDeclarative(), held } };
  return new Map(
    verdictsOf(mac, state).map(({ declaration, ...verdict }) => [declaration.identifier, verdict] as const),
  );
};
const verdictOf = (type: string, payload: JsonDict, change: object = {}): Omit<Verdict, 'declaration'> | undefined =>
  judged([activation(undefined, 'one'), declared('one', type, payload)], change).get('one');

const ON_15_4 = { osVersion: '15.4', osBuild: '24E248' };

describe('what a Mac makes of a declaration', () => {
  it.each([
    ['a target and a time', ENFORCEMENT, TARGET, {}],
    ['all there is', ENFORCEMENT, { ...TARGET, TargetBuildVersion: '23G80', DetailsURL: 'https://it.example.org' }, {}],
    [
      'subscriptions on 13',
      SUBSCRIPTIONS,
      { StatusItems: [{ Name: 'x.y' }] },
      { osVersion: '13.6', osBuild: '22G120' },
    ],
    ['subscriptions, unsupervised', SUBSCRIPTIONS, { StatusItems: [] }, { supervised: false }],
    ['settings on 15.4', SETTINGS, { Notifications: false, Beta: { ProgramEnrollment: 'Allowed' } }, ON_15_4],
  ])('is valid: %s', (_, type, payload, change) =>
    expect(verdictOf(type, payload, change)).toEqual({ active: true, valid: 'valid', reasons: [] }),
  );

  it.each([
    ['a type nobody knows', 'com.apple.configuration.coffee', {}, {}, 'Error.UnknownDeclarationType'],
    [
      'an enforcement on 13',
      ENFORCEMENT,
      TARGET,
      { osVersion: '13.6', osBuild: '22G120' },
      'Error.UnknownDeclarationType',
    ],
    ['settings on 14', SETTINGS, { Notifications: true }, {}, 'Error.UnknownDeclarationType'],
    ['an unsupervised Mac (trap 29)', ENFORCEMENT, TARGET, { supervised: false }, 'Error.ConfigurationNotSupported'],
    ['an unknown key', ENFORCEMENT, { ...TARGET, TargetVersion: '14.6' }, {}, 'Error.UnknownPayloadKeys'],
    ['a key of iOS', SETTINGS, { Deferrals: { CombinedPeriodInDays: 3 } }, ON_15_4, 'Error.UnknownPayloadKeys'],
    [
      'a key of 15.4 on 15.0',
      SETTINGS,
      { Beta: {} },
      { osVersion: '15.0', osBuild: '24A335' },
      'Error.UnknownPayloadKeys',
    ],
    [
      'no target',
      ENFORCEMENT,
      { TargetLocalDateTime: '2024-08-20T18:00:00' },
      {},
      'Error.ConfigurationCannotBeDeserialized',
    ],
    ['no time', ENFORCEMENT, { TargetOSVersion: '14.6' }, {}, 'Error.ConfigurationCannotBeDeserialized'],
    [
      'a number for a text',
      ENFORCEMENT,
      { ...TARGET, TargetOSVersion: 14.6 },
      {},
      'Error.ConfigurationCannotBeDeserialized',
    ],
    ['a word for a version', ENFORCEMENT, { ...TARGET, TargetOSVersion: 'latest' }, {}, 'Error.ConfigurationIsInvalid'],
    ['too many days', SETTINGS, { Deferrals: { MinorPeriodInDays: 91 } }, ON_15_4, 'Error.ConfigurationIsInvalid'],
    ['a wrong word', SETTINGS, { AutomaticActions: { Download: 'On' } }, ON_15_4, 'Error.ConfigurationIsInvalid'],
  ])('is refused: %s', (_, type, payload, change, code) =>
    expect(verdictOf(type, payload, change)).toMatchObject({ active: false, valid: 'invalid', reasons: [{ code }] }),
  );

  it.each([
    '2024-08-20T18:00:00Z',
    '2024-08-20T18:00:00+02:00',
    '2024-08-20T18:00:00.000',
    '2024-08-20T18:00',
    '2024-08-20 18:00:00',
    '2024-02-30T18:00:00',
    '2024-08-20T24:00:00',
  ])('trap 13: %s is no TargetLocalDateTime', (TargetLocalDateTime) =>
    expect(verdictOf(ENFORCEMENT, { ...TARGET, TargetLocalDateTime })).toMatchObject({
      valid: 'invalid',
      reasons: [{ code: 'Error.ConfigurationIsInvalid' }],
    }),
  );

  it('names the path of every unknown key', () =>
    expect(
      verdictOf(SETTINGS, { Colour: 'red', Deferrals: { MajorPeriodInDays: 1, Combined: 2 } }, ON_15_4)?.reasons[0]
        ?.details,
    ).toEqual({ UnknownPayloadKeys: ['Colour', 'Deferrals.Combined'] }));

  it.each([
    ['14.5', 'what is installed'],
    ['14.4.1', 'less than what is installed'],
    ['13.6.8', 'an earlier major'],
  ])('trap 19: an enforcement of %s, %s, is an error', (TargetOSVersion) =>
    expect(verdictOf(ENFORCEMENT, { ...TARGET, TargetOSVersion })).toMatchObject({
      active: true,
      valid: 'invalid',
      reasons: [{ code: 'Error.ConfigurationCannotBeApplied' }],
    }),
  );
});

describe('activations', () => {
  const enforce = declared('one', ENFORCEMENT, TARGET);

  it('a configuration that none refers to does nothing (trap 8)', () =>
    expect(judged([enforce]).get('one')).toEqual({
      active: false,
      valid: 'unknown',
      reasons: [
        {
          code: 'Info.NotReferencedByActivation',
          description: 'Configuration “one:one-1” is not referenced by an activation.',
          details: { Identifier: 'one', ServerToken: 'one-1' },
        },
      ],
    }));

  it('whose predicate is false activates nothing, which is no error', () => {
    const verdicts = judged([activation("@status(device.model.family) == 'iPhone'", 'one'), enforce]);
    expect(verdicts.get('act')).toMatchObject({ active: false, valid: 'valid', reasons: [{ code: 'Info.Predicate' }] });
    expect(verdicts.get('one')).toEqual({ active: false, valid: 'unknown', reasons: [] });
  });

  it('sees the properties that the server set', () => {
    const properties = declared('props', PROPERTIES, { ring: 'canary' });
    const verdicts = judged([activation("@property(ring) == 'canary'", 'one'), enforce, properties]);
    expect(verdicts.get('one')).toMatchObject({ active: true });
    expect(verdicts.get('props')).toEqual({ active: false, valid: 'valid', reasons: [] });
  });

  it.each([
    ['ring == 3', 'Error.UnableToParsePredicate'],
    ["@status(shoe.size) == 'L'", 'Error.UnableToEvaluatePredicate'],
  ])('with the predicate %s fails, and what it refers to with it', (predicate, code) => {
    const verdicts = judged([activation(predicate, 'one'), enforce]);
    expect(verdicts.get('act')).toMatchObject({ active: false, valid: 'invalid', reasons: [{ code }] });
    expect(verdicts.get('one')).toMatchObject({
      active: false,
      reasons: [{ code: 'Error.ActivationFailed', details: { Identifier: 'act' } }],
    });
  });

  it('with one configuration that fails still activates the others', () => {
    const verdicts = judged([activation(undefined, 'bad', 'one'), declared('bad', ENFORCEMENT, {}), enforce]);
    expect(verdicts.get('act')).toMatchObject({ active: true, valid: 'valid' });
    expect(verdicts.get('one')).toMatchObject({ active: true, valid: 'valid' });
    expect(verdicts.get('bad')).toMatchObject({ active: false, valid: 'invalid' });
  });
});

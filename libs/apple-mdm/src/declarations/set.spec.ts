import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { instant, localAt } from '@managed-os/kernel';
import fc from 'fast-check';
import type { ClientCapabilities } from '../status-report/capabilities.js';
import { declarationKindOf } from './declaration.js';
import { DECLARATION_TYPES, type DeclarativeClient } from './offer.js';
import { declarationsFor, STATUS_SUBSCRIPTION, UPDATE_SETTINGS, type Wanted } from './set.js';
import { STATUS_ITEMS } from './subscriptions.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const able: ClientCapabilities = {
  versions: ['1.0.0'],
  declarations: Object.keys(DECLARATION_TYPES),
  statusItems: Object.keys(STATUS_ITEMS),
  features: [],
};
const enforcement = {
  identifier: 'enforce',
  targetOsVersion: '26.6.2',
  targetLocalDateTime: localAt(instant(Date.parse('2026-09-10T11:00:00Z')), 'Europe/Paris'),
};
const wanted: Wanted = { enforcement, settings: { notifications: true } };
const setFor = (mac: Partial<DeclarativeClient> = {}, asked = wanted) =>
  declarationsFor({ osVersion: '26.6', supervised: true, capabilities: able, ...mac }, asked, sha256);
const identifiers = (mac: Partial<DeclarativeClient> = {}) =>
  setFor(mac)
    .declarations.filter(({ type }) => declarationKindOf(type) === 'configuration')
    .map(({ identifier }) => identifier);
const subscribed = (mac: Partial<DeclarativeClient> = {}) => {
  const subscription = setFor(mac).declarations.find(({ identifier }) => identifier === STATUS_SUBSCRIPTION);
  return JSON.stringify(subscription?.payload ?? {});
};
const reasons = (mac: Partial<DeclarativeClient>) =>
  Object.fromEntries(setFor(mac).leftOut.map(({ name, reason }) => [name.split('.').slice(-2).join('.'), reason]));
const without = (...names: readonly string[]): ClientCapabilities => ({
  ...able,
  declarations: able.declarations.filter((type) => !names.includes(type)),
  statusItems: able.statusItems.filter((item) => !names.includes(item)),
});

describe('what a Mac is to hold', () => {
  it('a supervised Mac on 15 or later: everything', () => {
    expect(identifiers()).toEqual([STATUS_SUBSCRIPTION, UPDATE_SETTINGS, 'enforce']);
    expect(setFor().leftOut).toEqual([]);
  });

  it('nothing else is wanted: its status is subscribed to all the same', () =>
    expect(setFor({}, {}).declarations.map(({ identifier }) => identifier)).toEqual([
      STATUS_SUBSCRIPTION,
      `${STATUS_SUBSCRIPTION}.activation`,
    ]));

  it('macOS 14 has no settings declaration and does not tell its device id', () => {
    expect(identifiers({ osVersion: '14.8.9' })).toEqual([STATUS_SUBSCRIPTION, 'enforce']);
    expect(reasons({ osVersion: '14.8.9' })).toEqual({
      'softwareupdate.settings': 'os_too_old',
      'softwareupdate.device-id': 'os_too_old',
      'softwareupdate.beta-enrollment': 'os_too_old',
    });
  });

  it('macOS 13 reports its version only', () => {
    expect(identifiers({ osVersion: '13.7.8' })).toEqual([STATUS_SUBSCRIPTION]);
    expect(subscribed({ osVersion: '13.7.8' })).toContain('device.operating-system.version');
    expect(subscribed({ osVersion: '13.7.8' })).not.toContain('softwareupdate.');
  });

  it('macOS 12 knows no declarations', () =>
    expect(setFor({ osVersion: '12.7.6' })).toEqual({
      declarations: [],
      leftOut: [{ name: 'com.apple.activation.simple', reason: 'os_too_old' }],
    }));

  it('trap 29: a Mac that is not supervised is enforced nothing and asked nothing about updates', () => {
    expect(identifiers({ supervised: false })).toEqual([STATUS_SUBSCRIPTION]);
    expect(subscribed({ supervised: false })).not.toContain('softwareupdate.');
    expect(new Set(Object.values(reasons({ supervised: false })))).toEqual(new Set(['not_supervised']));
  });

  it('nothing is sent that the Mac has not said it can be sent', () => {
    expect(setFor({ capabilities: undefined })).toEqual({
      declarations: [],
      leftOut: [{ name: 'com.apple.activation.simple', reason: 'capabilities_unknown' }],
    });
    const type = 'com.apple.configuration.softwareupdate.enforcement.specific';
    expect(identifiers({ capabilities: without(type) })).toEqual([STATUS_SUBSCRIPTION, UPDATE_SETTINGS]);
    expect(setFor({ capabilities: without(type) }).leftOut).toEqual([{ name: type, reason: 'not_supported' }]);
    const item = 'softwareupdate.install-state';
    expect(subscribed({ capabilities: without(item) })).not.toContain(item);
    expect(setFor({ capabilities: { ...able, statusItems: [] } }, {}).declarations).toEqual([]);
  });

  it('a version or supervision that is unknown leaves it to the capabilities', () => {
    expect(identifiers({ osVersion: undefined, supervised: undefined })).toContain('enforce');
    expect(identifiers({ osVersion: 'new' })).toContain('enforce');
  });

  const anyMac = fc.record({
    osVersion: fc.constantFrom('12.7', '13.0', '14.0', '14.8.9', '15.0', '15.4', '26.6', '27.0.1', undefined),
    supervised: fc.constantFrom(true, false, undefined),
    capabilities: fc.option(
      fc.record({
        versions: fc.constant(['1.0.0']),
        declarations: fc.subarray(able.declarations.slice()),
        statusItems: fc.subarray(able.statusItems.slice()),
        features: fc.constant([]),
      }),
      { nil: undefined },
    ),
  });

  it('trap 8, trap 20: each configuration has its own activation, and one enforces at most (any Mac)', () =>
    fc.assert(
      fc.property(anyMac, (mac) => {
        const { declarations } = declarationsFor(mac, wanted, sha256);
        const of = (kind: string) => declarations.filter(({ type }) => declarationKindOf(type) === kind);
        expect(of('activation').map(({ payload }) => payload['StandardConfigurations'])).toEqual(
          of('configuration').map(({ identifier }) => [identifier]),
        );
        expect(declarations.filter(({ type }) => type.includes('enforcement')).length).toBeLessThanOrEqual(1);
        expect(new Set(declarations.map(({ identifier }) => identifier)).size).toBe(declarations.length);
      }),
      { seed: 8, numRuns: 300 },
    ));

  it('trap 5: and it is the same set every time (any Mac)', () =>
    fc.assert(
      fc.property(anyMac, (mac) =>
        expect(declarationsFor(mac, wanted, sha256)).toEqual(declarationsFor({ ...mac }, { ...wanted }, sha256)),
      ),
      { seed: 9, numRuns: 100 },
    ));

  it('there is room for the activation of an enforcement of 53 octets', () => {
    const named = (length: number) => ({ enforcement: { ...enforcement, identifier: 'e'.repeat(length) } });
    expect(setFor({}, named(53)).declarations).toHaveLength(4);
    expect(() => setFor({}, named(54))).toThrow(RangeError);
  });
});

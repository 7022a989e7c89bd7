import { describe, expect, it } from '@jest/globals';
import { deviceInformation } from './device-information.js';
import { dict, type PlistValue } from './plist/value.js';

const said = (answers: Readonly<Record<string, PlistValue>>) =>
  deviceInformation(dict({ QueryResponses: dict(answers) }));

describe('DeviceInformation', () => {
  it('a missing key is unknown, not false', () =>
    expect(said({ OSVersion: '12.6', ProductName: 'Mac14,2', IsSupervised: false })).toEqual({
      ok: true,
      value: { osVersion: '12.6', model: 'Mac14,2', isSupervised: false },
    }));

  it('trap 33, trap 37: an improvement has a build of its own and a letter', () =>
    expect(
      said({ BuildVersion: '25D2128', SupplementalBuildVersion: '25D771280a', SupplementalOSVersionExtra: '(a)' }),
    ).toEqual({
      ok: true,
      value: { buildVersion: '25D2128', supplementalBuildVersion: '25D771280a', supplementalVersionExtra: 'a' },
    }));

  it.each([
    ['11.7.11', 2n, 2_147_483_648],
    ['12.0', 494.38, 494_380_000_000],
    ['12.0', -1, undefined],
    [undefined, 2n, undefined],
    ['?', 2n, undefined],
  ])('macOS %s: a capacity of %s is %s bytes', (version, size, bytes) =>
    expect(said({ ...(version !== undefined && { OSVersion: version }), DeviceCapacity: size })).toEqual({
      ok: true,
      value: { ...(version !== undefined && { osVersion: version }), ...(bytes !== undefined && { capacity: bytes }) },
    }),
  );

  it.each([
    [0.5, 0.5],
    [1n, 1],
    [-1, undefined],
  ])('a battery at %s is at %s', (level, expected) =>
    expect(said({ BatteryLevel: level })).toEqual({
      ok: true,
      value: expected === undefined ? {} : { batteryLevel: expected },
    }),
  );
});

import { describe, expect, it } from '@jest/globals';
import type { Dict } from './plist.js';
import { aMac, INTEL, ON_11, OneMac } from './testing/one-mac.js';

const on = (osVersion: string, change: object = {}): OneMac => new OneMac(aMac({ osVersion, ...change }));
const update = (keys: Dict): Dict => ({ RequestType: 'ScheduleOSUpdate', Updates: [keys] });

describe('what a Mac refuses', () => {
  it.each([
    ['a command it never knew', '12.4', { RequestType: 'MakeCoffee' }, 'Error', 'unknown-command'],
    ['a command that is gone (trap 24)', '27.0', { RequestType: 'OSUpdateStatus' }, 'Error', 'removed-command'],
    [
      'an unknown key',
      '12.4',
      { RequestType: 'OSUpdateStatus', Verbose: true },
      'CommandFormatError',
      'malformed-command',
    ],
    [
      "the key of Apple's own sample (trap 31)",
      '12.4',
      { RequestType: 'ScheduleOSUpdateScan', ForceUpdateScan: true },
      'CommandFormatError',
      'malformed-command',
    ],
    ['a missing key', '12.4', { RequestType: 'DeviceInformation' }, 'CommandFormatError', 'malformed-command'],
    [
      'a wrong type',
      '12.4',
      { RequestType: 'DeviceInformation', Queries: 'UDID' },
      'CommandFormatError',
      'malformed-command',
    ],
    [
      'an unknown action',
      '12.4',
      update({ ProductKey: 'k', InstallAction: 'Now' }),
      'CommandFormatError',
      'malformed-command',
    ],
    ['no product', '12.4', update({ InstallAction: 'InstallASAP' }), 'CommandFormatError', 'malformed-command'],
    [
      'ProductVersion before macOS 12',
      '11.6',
      update({ ProductVersion: '11.6.8', InstallAction: 'InstallASAP' }),
      'CommandFormatError',
      'malformed-command',
    ],
  ])('%s', (_, osVersion, command, status, defect) => {
    const one = on(osVersion);
    expect(one.command(command)).toMatchObject({
      CommandUUID: 'command-1',
      Status: status,
      UDID: one.mac.udid,
      ErrorChain: [{ ErrorDomain: 'MCMDMErrorDomain', ErrorCode: expect.any(Number) }],
    });
    expect(one.state.defects).toMatchObject([{ kind: defect, at: one.now }]);
  });

  it.each([
    ['ScheduleOSUpdateScan', {}],
    ['ScheduleOSUpdate', { Updates: [{ ProductKey: 'k', InstallAction: 'InstallASAP' }] }],
    ['OSUpdateStatus', {}],
  ])('%s when it is not supervised, and takes AvailableOSUpdates all the same', (RequestType, payload) => {
    const one = on('12.4', { supervised: false });
    expect(one.command({ RequestType, ...payload })['Status']).toBe('Error');
    expect(one.command({ RequestType: 'AvailableOSUpdates' })['Status']).toBe('Acknowledged');
    expect(one.state.defects).toEqual([]);
  });
});

describe('DeviceInformation', () => {
  it.each([
    ['11.6', ['OSVersion', 'IsSupervised', 'ProductName']],
    ['12.4', ['OSVersion', 'IsSupervised', 'ProductName', 'IsAppleSilicon', 'SoftwareUpdateDeviceID']],
    [
      '13.3',
      [
        'OSVersion',
        'IsSupervised',
        'ProductName',
        'IsAppleSilicon',
        'SoftwareUpdateDeviceID',
        'ModelNumber',
        'SupplementalBuildVersion',
      ],
    ],
    [
      '27.0',
      [
        'OSVersion',
        'IsSupervised',
        'ProductName',
        'IsAppleSilicon',
        'ModelNumber',
        'SupplementalBuildVersion',
        'TimeZone',
      ],
    ],
  ])('on %s has the keys of that version, the others are missing', (osVersion, keys) => {
    const asked = [
      'OSVersion',
      'IsSupervised',
      'ProductName',
      'IsAppleSilicon',
      'SoftwareUpdateDeviceID',
      'ModelNumber',
    ];
    const answer = on(osVersion).query(...asked, 'SupplementalBuildVersion', 'TimeZone', 'ShoeSize');
    expect(Object.keys(answer).toSorted()).toEqual(keys.toSorted());
  });

  it('tells the model where real Macs tell it, and capacity as a real in the unit of its version', () => {
    const one = on('12.4');
    expect(one.query('Model', 'ProductName', 'ModelName', 'DeviceCapacity')).toEqual({
      Model: 'MacBookPro18,3',
      ProductName: 'MacBookPro18,3',
      ModelName: 'MacBook Pro',
      DeviceCapacity: 494,
    });
    expect(one.state.unsent?.body).toContain('<real>494</real>');
    expect(on('11.6').query('DeviceCapacity')['DeviceCapacity']).toBeCloseTo(460.07, 2);
  });
});

describe('SecurityInfo', () => {
  const info = (osVersion: string, change: object = {}): unknown =>
    on(osVersion, change).command({ RequestType: 'SecurityInfo' })['SecurityInfo'];

  it.each([
    ['supervised Apple silicon', '12.4', {}, 'allowed'],
    ['unsupervised Apple silicon', '12.4', { supervised: false }, 'disallowed'],
    ['Intel', '12.4', INTEL, 'not supported'],
  ])('%s: a string, never a boolean (trap 28)', (_, osVersion, change, expected) => {
    expect(info(osVersion, change)).toMatchObject({ BootstrapTokenAllowedForAuthentication: expected });
  });

  it('knows nothing of bootstrap tokens before macOS 11', () => {
    expect(info('10.15.7', INTEL)).not.toHaveProperty('BootstrapTokenAllowedForAuthentication');
  });
});

describe('NotNow', () => {
  it('answers the first commands so, does nothing for them, and asks to be told again', () => {
    const one = on('12.4', { notNow: { first: 2 } });
    const scan = { RequestType: 'ScheduleOSUpdateScan', Force: false };
    expect(one.command(scan, 'a')).toEqual({ UDID: one.mac.udid, Status: 'NotNow', CommandUUID: 'a' });
    expect(one.command(scan, 'a')['Status']).toBe('NotNow');
    expect(one.state.scanEndsAt).toBeNull();
    expect(one.command(scan, 'a')).toMatchObject({ Status: 'Acknowledged', ScanInitiated: true });
  });
});

describe('scan and list', () => {
  it('S14 finds nothing before a scan has ended, which takes about a minute (trap 21)', () => {
    const one = new OneMac(aMac());
    expect(one.offers()).toEqual([]);
    expect(one.command({ RequestType: 'ScheduleOSUpdateScan', Force: true })['ScanInitiated']).toBe(true);
    expect(one.pass(0.5).offers()).toEqual([]);
    expect(one.pass(1).offers()).toMatchObject([
      {
        ProductKey: 'MSU_UPDATE_21G83_patch_12.5.1_minor',
        Version: '12.5.1',
        Build: '21G83',
        IsMajorOSUpdate: false,
        RequiresBootstrapToken: true,
        DownloadSize: 1_200_000_000,
      },
    ]);
  });

  it('keeps what it found until it scans again', () => {
    const one = new OneMac(aMac()).scan().pass(3 * 24 * 60);
    expect(one.offers().map((found) => found['Version'])).toEqual(['12.5.1']);
    expect(
      one
        .scan()
        .offers()
        .map((found) => found['Version']),
    ).toEqual(['12.6']);
  });

  it('lists an upgrade beside the update', () => {
    expect(
      new OneMac(aMac(ON_11))
        .scan()
        .offers()
        .map((found) => found['IsMajorOSUpdate']),
    ).toEqual([false, true]);
  });
});

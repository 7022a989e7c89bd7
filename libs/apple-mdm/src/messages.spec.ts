import { describe, expect, it } from '@jest/globals';
import { instant } from '@managed-os/kernel';
import { isAvailable, knowsProductVersion, lastingQueriesFor, queriesFor } from './availability.js';
import { parseCheckin } from './checkin.js';
import { writeBootstrapToken, writeCommand } from './commands.js';
import { parseConnect } from './connect.js';
import { writeTokens } from './declarations/sync.js';
import { architectureOf } from './models.js';
import { parsePlist } from './plist/parse.js';
import { dict } from './plist/value.js';
import { availableUpdates, securityInfo, updateResults, updateStatuses } from './results.js';

const plist = (inner: string): Uint8Array =>
  new TextEncoder().encode(`<plist version="1.0"><dict>${inner}</dict></plist>`);
const string = (key: string, value: string): string => `<key>${key}</key><string>${value}</string>`;
const UDID = string('UDID', '00006020-000A1B2C3D4E001E');
const TOPIC = string('Topic', 'com.apple.mgmt.External.1');

describe('check-in messages', () => {
  it('Authenticate: what the Mac is, unknown keys kept', () => {
    const body = plist(
      string('MessageType', 'Authenticate') +
        TOPIC +
        UDID +
        string('DeviceName', 'lab-mac-01') +
        string('Model', 'iMac14,2') +
        string('ModelName', 'iMac') +
        string('ProductName', 'iMac14,2') +
        string('OSVersion', '12.5') +
        string('BuildVersion', '21G72') +
        string('SerialNumber', 'C02') +
        string('Novelty', 'yes'),
    );
    const parsed = parseCheckin(body);
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        type: 'Authenticate',
        sender: { udid: '00006020-000A1B2C3D4E001E' },
        topic: 'com.apple.mgmt.External.1',
        deviceName: 'lab-mac-01',
        model: 'iMac14,2',
        osVersion: '12.5',
        buildVersion: '21G72',
        serialNumber: 'C02',
      },
    });
    expect(parsed.ok && parsed.value.keys.get('Novelty')).toBe('yes');
  });

  it('trap 30: a TokenUpdate of the user channel says whose it is', () => {
    const token = `${string('MessageType', 'TokenUpdate')}${TOPIC}${UDID}${string('PushMagic', 'M')}<key>Token</key><data>AAE=</data>`;
    expect(parseCheckin(plist(token))).toMatchObject({
      value: { sender: { udid: expect.any(String) }, token: Uint8Array.of(0, 1) },
    });
    expect(parseCheckin(plist(token + string('UserID', 'G-1')))).toMatchObject({
      value: { sender: { userId: 'G-1' } },
    });
  });

  it.each([
    ['missing', ''],
    ['empty', '<key>BootstrapToken</key><data></data>'],
  ])('trap 27: SetBootstrapToken with a %s token means delete', (_, key) => {
    const parsed = parseCheckin(plist(string('MessageType', 'SetBootstrapToken') + UDID + key));
    expect(parsed).toMatchObject({ ok: true, value: { type: 'SetBootstrapToken' } });
    expect(parsed.ok && 'bootstrapToken' in parsed.value).toBe(false);
  });

  it('trap 27: a token of another kind is refused, not deleted', () =>
    expect(
      parseCheckin(plist(string('MessageType', 'SetBootstrapToken') + UDID + string('BootstrapToken', 'AAE='))),
    ).toMatchObject({
      refusal: { code: 'wrong-type', path: '/BootstrapToken' },
    }));

  it.each([
    ['CheckOut', TOPIC, { type: 'CheckOut' }],
    ['GetBootstrapToken', '', { type: 'GetBootstrapToken' }],
    ['UserAuthenticate', string('UserID', 'u'), { type: 'UserAuthenticate', sender: { userId: 'u' } }],
    ['DeclarativeManagement', string('Endpoint', 'tokens'), { type: 'DeclarativeManagement', endpoint: 'tokens' }],
  ])('%s is recognised', (type, keys, value) =>
    expect(parseCheckin(plist(string('MessageType', type) + UDID + keys))).toMatchObject({ ok: true, value }),
  );

  it.each([
    ['no MessageType', UDID, 'missing-key', '/MessageType'],
    ['another MessageType', string('MessageType', 'GetToken') + UDID, 'unknown-message', '/MessageType'],
    ['nobody', string('MessageType', 'CheckOut'), 'missing-key', '/UDID'],
    ['no Topic', string('MessageType', 'Authenticate') + UDID, 'missing-key', '/Topic'],
    ['no Token', string('MessageType', 'TokenUpdate') + UDID + TOPIC, 'missing-key', '/Token'],
    [
      'a Topic of another kind',
      `${string('MessageType', 'Authenticate')}${UDID}<key>Topic</key><true/>`,
      'wrong-type',
      '/Topic',
    ],
  ])('is refused: %s', (_, keys, code, path) =>
    expect(parseCheckin(plist(keys))).toMatchObject({ ok: false, refusal: { code, path } }),
  );

  it('a body that is no dictionary is refused', () =>
    expect(parseCheckin(new TextEncoder().encode('<plist><array/></plist>'))).toMatchObject({
      refusal: { code: 'wrong-type', path: '' },
    }));
});

describe('connect reports', () => {
  it('Idle comes without a command', () =>
    expect(parseConnect(plist(UDID + string('Status', 'Idle')))).toMatchObject({
      ok: true,
      value: { status: 'Idle', errors: [] },
    }));

  it('trap 12: a status nobody has heard of is passed on', () =>
    expect(parseConnect(plist(UDID + string('Status', 'Pondering')))).toMatchObject({
      value: { status: 'Pondering' },
    }));

  it('an ErrorChain keeps its order and prefers English', () => {
    const error = `<dict><key>ErrorCode</key><integer>12021</integer>${string('ErrorDomain', 'MCMDMErrorDomain')}${string('LocalizedDescription', 'Nicht')}${string('USEnglishDescription', 'Not')}</dict>`;
    const body = plist(
      `${UDID}${string('Status', 'Error')}${string('CommandUUID', 'c')}<key>ErrorChain</key><array>${error}<dict/></array>`,
    );
    expect(parseConnect(body)).toMatchObject({
      value: {
        commandUuid: 'c',
        errors: [
          { code: 12021, domain: 'MCMDMErrorDomain', description: 'Not' },
          { code: 0, domain: '', description: '' },
        ],
      },
    });
  });
});

describe('results', () => {
  it('trap 28: the bootstrap token is allowed by a word, never by a boolean', () => {
    const said = (value: string | boolean) =>
      securityInfo(dict({ SecurityInfo: dict({ BootstrapTokenAllowedForAuthentication: value }) }));
    expect(said('allowed')).toEqual({ ok: true, value: { bootstrapTokenAllowedForAuthentication: 'allowed' } });
    expect(said(true)).toEqual({ ok: true, value: {} });
  });

  it('trap 22: both levels of ScheduleOSUpdate are read', () =>
    expect(
      updateResults(
        dict({
          UpdateResults: [
            dict({ ProductKey: 'k', InstallAction: 'Error', Status: 'Idle', ErrorChain: [dict({ ErrorCode: 5n })] }),
          ],
        }),
      ),
    ).toEqual([
      { productKey: 'k', installAction: 'Error', status: 'Idle', errors: [{ code: 5, domain: '', description: '' }] },
    ]));

  it('trap 21: an empty list is an answer, a missing one is not', () => {
    expect(availableUpdates(dict({ AvailableOSUpdates: [] }))).toEqual({ ok: true, value: [] });
    expect(availableUpdates(dict({}))).toMatchObject({ ok: false, refusal: { path: '/AvailableOSUpdates' } });
    expect(updateStatuses(dict({ OSUpdateStatus: [] }))).toEqual({ ok: true, value: [] });
    expect(updateStatuses(dict({ OSUpdateStatus: ['x'] }))).toMatchObject({
      ok: false,
      refusal: { path: '/OSUpdateStatus/0' },
    });
  });

  it.each([
    [0.42, 0.42],
    [1n, 1],
    [NaN, 0],
    [7, 1],
  ])('progress %s is read as %s', (said, percentComplete) =>
    expect(
      updateStatuses(
        dict({
          OSUpdateStatus: [
            dict({ ProductKey: 'k', DownloadPercentComplete: said, Status: 'Downloading', IsDownloaded: false }),
          ],
        }),
      ),
    ).toMatchObject({
      value: [{ percentComplete }],
    }),
  );
});

describe('what is sent', () => {
  const sent = (command: Parameters<typeof writeCommand>[1]) => {
    const parsed = parsePlist(new TextEncoder().encode(writeCommand('u-1', command)));
    return parsed.ok ? parsed.value : parsed;
  };

  it.each([
    [
      { requestType: 'DeviceInformation', queries: ['OSVersion'] } as const,
      dict({ RequestType: 'DeviceInformation', Queries: ['OSVersion'] }),
    ],
    [{ requestType: 'SecurityInfo' } as const, dict({ RequestType: 'SecurityInfo' })],
    [{ requestType: 'AvailableOSUpdates' } as const, dict({ RequestType: 'AvailableOSUpdates' })],
    [{ requestType: 'OSUpdateStatus' } as const, dict({ RequestType: 'OSUpdateStatus' })],
    [
      {
        requestType: 'ScheduleOSUpdate',
        updates: [{ productKey: 'MSU', productVersion: '12.6', installAction: 'InstallASAP' }],
      } as const,
      dict({ RequestType: 'ScheduleOSUpdate', Updates: [dict({ ProductKey: 'MSU', InstallAction: 'InstallASAP' })] }),
    ],
    [
      {
        requestType: 'ScheduleOSUpdate',
        updates: [{ productVersion: '12.6', installAction: 'DownloadOnly' }],
      } as const,
      dict({
        RequestType: 'ScheduleOSUpdate',
        Updates: [dict({ ProductVersion: '12.6', InstallAction: 'DownloadOnly' })],
      }),
    ],
    [{ requestType: 'DeclarativeManagement' } as const, dict({ RequestType: 'DeclarativeManagement' })],
  ])('%j', (command, expected) => expect(sent(command)).toEqual(dict({ CommandUUID: 'u-1', Command: expected })));

  it('what turns declarations on carries the answer to tokens', () => {
    const tokens = { declarationsToken: 'b7c1e0', timestamp: instant(Date.parse('2026-09-01T08:00:00Z')) };
    expect(sent({ requestType: 'DeclarativeManagement', tokens })).toEqual(
      dict({
        CommandUUID: 'u-1',
        Command: dict({ RequestType: 'DeclarativeManagement', Data: new TextEncoder().encode(writeTokens(tokens)) }),
      }),
    );
  });

  it("trap 31: the scan's key is Force", () =>
    expect(sent({ requestType: 'ScheduleOSUpdateScan', force: true })).toEqual(
      dict({ CommandUUID: 'u-1', Command: dict({ RequestType: 'ScheduleOSUpdateScan', Force: true }) }),
    ));

  it('a bootstrap token that is not there is a key that is not there', () => {
    expect(writeBootstrapToken(undefined)).not.toContain('BootstrapToken');
    expect(writeBootstrapToken(Buffer.from('secret-bytes'))).toContain('<data>c2VjcmV0LWJ5dGVz</data>');
  });
});

describe('which Mac may be sent what', () => {
  it.each([
    ['ScheduleOSUpdateScan', '12.5', true],
    ['ScheduleOSUpdateScan', '26.6', true],
    ['ScheduleOSUpdateScan', '27.0', false],
    ['AvailableOSUpdates', '27.0', false],
    ['ScheduleOSUpdate', '27.0.1', false],
    ['OSUpdateStatus', '10.11.4', false],
    ['OSUpdateStatus', '27.1', false],
    ['DeviceInformation', '27.1', true],
    ['DeclarativeManagement', '12.7.6', false],
    ['DeclarativeManagement', '13.0', true],
    ['DeclarativeManagement', '27.1', true],
    ['SecurityInfo', '27.1', true],
    ['ScheduleOSUpdate', undefined, true],
    ['ScheduleOSUpdate', 'not a version', true],
  ] as const)('trap 24: %s on %s: %s', (request, version, expected) =>
    expect(isAvailable(request, version)).toBe(expected),
  );

  it.each([
    ['SoftwareUpdateDeviceID', '11.6', false],
    ['SoftwareUpdateDeviceID', '12.0', true],
    ['SoftwareUpdateDeviceID', '26.6.2', true],
    ['SoftwareUpdateDeviceID', '27.0', false],
    ['OSUpdateSettings', '26.6.2', false],
    ['SupplementalBuildVersion', '12.7', false],
    ['SupplementalBuildVersion', '13.0', true],
    ['DevicePropertiesAttestation', '27.0', false],
    ['IsAppleSilicon', '11.7', false],
    ['IsAppleSilicon', '12.0.1', true],
    ['IsSupervised', '10.14.6', false],
    ['IsSupervised', undefined, false],
    ['TimeZone', '15.7', false],
    ['TimeZone', '26.0', true],
    ['OSVersion', undefined, true],
  ])('trap 25: %s is asked of %s: %s', (query, version, expected) =>
    expect(queriesFor(version).includes(query)).toBe(expected),
  );

  it('trap 25: a Mac that may be another version by now is asked for nothing that a later one has given up', () => {
    const asked = lastingQueriesFor('13.7.8');
    expect(queriesFor('13.7.8').filter((query) => !asked.includes(query))).toEqual(['SoftwareUpdateDeviceID']);
    expect(asked.every((query) => queriesFor('27.0').includes(query))).toBe(true);
  });

  it('an update is named by its version from macOS 12 on', () => {
    expect(knowsProductVersion('11.6.8')).toBe(false);
    expect(knowsProductVersion('12.0.1')).toBe(true);
  });

  it.each([
    ['MacBookAir10,1', 'arm64'],
    ['MacBookPro17,1', 'arm64'],
    ['MacBookPro18,3', 'arm64'],
    ['Macmini9,1', 'arm64'],
    ['iMac21,2', 'arm64'],
    ['Mac14,2', 'arm64'],
    ['MacBookPro16,1', 'x86_64'],
    ['iMac20,1', 'x86_64'],
    ['iMacPro1,1', 'x86_64'],
    ['MacPro7,1', 'x86_64'],
    ['VMware20,1', undefined],
    ['constructor1,1', undefined],
    ['', undefined],
  ])('%s is %s', (model, architecture) => expect(architectureOf(model)).toBe(architecture));
});

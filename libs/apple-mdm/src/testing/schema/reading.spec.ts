import { describe, expect, it } from '@jest/globals';
import { instant } from '@managed-os/kernel';
import { parseCheckin } from '../../checkin.js';
import { deviceInformation } from '../../device-information.js';
import { parseMachineInfo } from '../../enrollment/machine-info.js';
import type { Json, JsonObject } from '../../json/value.js';
import { dict, isArray, isData, isDate, isDict, type PlistDict, type PlistValue } from '../../plist/value.js';
import { writePlist } from '../../plist/write.js';
import { availableUpdates, scanInitiated, securityInfo, updateResults, updateStatuses } from '../../results.js';
import { clientCapabilities } from '../../status-report/capabilities.js';
import { declarationStates } from '../../status-report/declaration-states.js';
import { mergeStatus } from '../../status-report/merge.js';
import { operatingSystem } from '../../status-report/operating-system.js';
import { parseStatusReport } from '../../status-report/report.js';
import { updateState } from '../../status-report/update-state.js';
import { type Fact, type Facts, type MessageFacts, readFacts } from './facts.js';

const facts = readFacts();
const date = instant(Date.parse('2026-09-10T11:00:00Z'));

/** A value that Apple's schema allows. */
const valueOf = ({ type, values, keys, items }: Fact): PlistValue => {
  const [first] = values ?? [];
  switch (type) {
    case 'string':
      return String(first ?? '(a)');
    case 'integer':
      return BigInt(first ?? 1);
    case 'real':
      return 0.5;
    case 'boolean':
      return true;
    case 'date':
      return { date };
    case 'data':
      return Uint8Array.of(1);
    case 'array':
      return items ? [valueOf(items)] : [];
    case 'dictionary':
      return dictOf(keys ?? {});
    case 'any':
      return 'anything';
  }
};

/** A message with every key that there is. */
const dictOf = (keys: Facts): PlistDict =>
  dict(Object.fromEntries(Object.entries(keys).map(([key, fact]) => [key, valueOf(fact)])));

const bodyOf = (message: MessageFacts | undefined): Uint8Array =>
  new TextEncoder().encode(writePlist(dictOf(message?.keys ?? {})));
const answerTo = (command: string): PlistDict => dictOf(facts.commands[command]?.answer ?? {});

const jsonOf = (value: PlistValue): Json => {
  if (typeof value === 'bigint') return Number(value);
  if (isDict(value)) return Object.fromEntries([...value].map(([key, item]) => [key, jsonOf(item)]));
  if (isArray(value)) return value.map(jsonOf);
  return isDate(value) || isData(value) ? '' : value;
};

describe('what Apple’s schema says that Macs send is read by the names it gives', () => {
  it.each([
    ['Authenticate', ['topic', 'deviceName', 'model', 'osVersion', 'buildVersion', 'serialNumber']],
    ['TokenUpdate', ['topic', 'token', 'pushMagic', 'awaitingConfiguration']],
    ['CheckOut', []],
    ['SetBootstrapToken', ['bootstrapToken']],
    ['DeclarativeManagement', ['endpoint', 'data']],
    ['UserAuthenticate', []],
  ])('%s', (type, fields) => {
    const keys = new Map([...dictOf(facts.checkins[type]?.keys ?? {}), ['UDID', 'U']]);
    const parsed = parseCheckin(new TextEncoder().encode(writePlist(keys)));
    expect(parsed).toMatchObject({ ok: true, value: { type } });
    expect(Object.keys(parsed.ok ? parsed.value : {})).toEqual(expect.arrayContaining(fields));
  });

  it('MachineInfo', () =>
    expect(parseMachineInfo(bodyOf(facts.other['MachineInfo']))).toMatchObject({
      ok: true,
      value: {
        osVersion: '(a)',
        supplementalBuildVersion: '(a)',
        supplementalVersionExtra: 'a',
        softwareUpdateDeviceId: '(a)',
        canBeToldToUpdate: true,
        language: '(a)',
      },
    }));

  it('DeviceInformation: all but the time zone, of which Apple says that Macs do not tell it', () => {
    const said = deviceInformation(answerTo('DeviceInformation'));
    expect(Object.keys(said.ok ? said.value : {})).toEqual(
      expect.arrayContaining([
        ...['osVersion', 'buildVersion', 'supplementalBuildVersion', 'supplementalVersionExtra', 'deviceName'],
        ...['serialNumber', 'model', 'modelName', 'modelNumber', 'isAppleSilicon', 'isSupervised'],
        ...['softwareUpdateDeviceId', 'hasBattery', 'batteryLevel', 'awaitingConfiguration'],
      ]),
    );
  });

  it('SecurityInfo', () =>
    expect(securityInfo(answerTo('SecurityInfo'))).toEqual({
      ok: true,
      value: {
        bootstrapTokenAllowedForAuthentication: expect.any(String),
        bootstrapTokenRequiredForSoftwareUpdate: true,
        enrolledViaDep: true,
        userApprovedEnrollment: true,
      },
    }));

  it('the commands for updates', () => {
    expect(scanInitiated(answerTo('ScheduleOSUpdateScan'))).toBe(true);
    const updates = availableUpdates(answerTo('AvailableOSUpdates'));
    expect(updates.ok && updates.value).toEqual([
      {
        ...{ productKey: '(a)', version: '(a)', build: '(a)', name: '(a)', downloadSize: 1 },
        ...{ majorOsUpdate: true, configDataUpdate: true, firmwareUpdate: true },
        ...{ requiresBootstrapToken: true, securityResponse: true },
      },
    ]);
    expect(updateResults(answerTo('ScheduleOSUpdate'))).toMatchObject([
      { productKey: '(a)', installAction: 'Error', status: 'Idle', errors: [{}] },
    ]);
    expect(updateStatuses(answerTo('OSUpdateStatus'))).toMatchObject({
      value: [{ productKey: '(a)', isDownloaded: true, percentComplete: 0.5, status: '(a)' }],
    });
  });

  it('status items, each by its name', () => {
    const nested = (name: string, value: Json): JsonObject =>
      name.split('.').reduceRight<Json>((inner, part) => ({ [part]: inner }), value) as JsonObject;
    const status = Object.entries(facts.statusItems).reduce((known, [name, { keys }]) => {
      const fact = keys[name];
      if (!fact) return known;
      const StatusItems = nested(name, jsonOf(valueOf(fact)));
      const parsed = parseStatusReport(new TextEncoder().encode(JSON.stringify({ StatusItems, Errors: [] })));
      return parsed.ok ? mergeStatus(known, parsed.value) : known;
    }, {});

    expect(updateState(status)).toEqual({
      installState: 'none',
      pending: { osVersion: '(a)', buildVersion: '(a)' },
      installReasons: ['system-settings'],
      declarationId: '(a)',
      failure: { count: 1, reason: '(a)' },
      deviceId: '(a)',
      betaProgram: '(a)',
    });
    expect(operatingSystem(status)).toEqual({
      version: '(a)',
      build: '(a)',
      supplementalBuild: '(a)',
      extraVersion: 'a',
      model: '(a)',
    });
    expect(clientCapabilities(status)).toEqual({
      versions: ['(a)'],
      declarations: ['(a)', '(a)', '(a)', '(a)'],
      statusItems: ['(a)'],
      features: ['ANY'],
    });
    expect(declarationStates(status)).toEqual(
      ['activation', 'asset', 'configuration', 'management'].map((kind) => ({
        ...{ kind, identifier: '(a)', serverToken: '(a)', active: true, valid: 'unknown' },
        reasons: [{ code: '(a)', description: '(a)', details: { ANY: 'anything' } }],
      })),
    );
  });

  it('a report’s errors', () => {
    const keys = jsonOf(dictOf(facts.protocol['StatusReport']?.keys ?? {}));
    expect(parseStatusReport(new TextEncoder().encode(JSON.stringify(keys)))).toMatchObject({
      value: {
        full: true,
        errors: [{ statusItem: '(a)', reasons: [{ code: '(a)', description: '(a)', details: {} }] }],
      },
    });
  });
});

import { describe, expect, it } from '@jest/globals';
import { parseConnect, type PlistDict, writePlist, dict } from '@managed-os/apple-mdm';
import { encodeEvent } from '@managed-os/contracts';
import { reactionId } from '@managed-os/kernel';
import type { CommandKind } from '../tables.js';
import { answerOf, commandAnswered, outcomeOf, type RequestedCommand } from './answers.js';
import { commandFor } from './documents.js';
import { stillOwed } from './recheck.js';

const report = (keys: Record<string, Parameters<typeof dict>[0][string]>) => {
  const document: PlistDict = dict({ UDID: 'U', Status: 'Acknowledged', ...keys });
  const parsed = parseConnect(new TextEncoder().encode(writePlist(document)));
  if (!parsed.ok) throw new Error(parsed.refusal.detail);
  return parsed.value;
};
const id = reactionId('id');
const asked = (kind: CommandKind, more: Partial<RequestedCommand> = {}) =>
  ({
    kind,
    product_key: null,
    product_version: null,
    install_action: null,
    command_id: id,
    device_id: id,
    request_id: id,
    obligation_id: id,
    attempt: 1,
    try: 2,
    ...more,
  }) as RequestedCommand;

describe('what a status is the end of', () => {
  it.each([
    ['Acknowledged', 'acknowledged'],
    ['Error', 'error'],
    ['CommandFormatError', 'format_error'],
    ['NotNow', undefined],
    ['Idle', undefined],
    ['Pondering', undefined],
  ])('%s: %s', (status, outcome) => expect(outcomeOf(status)).toBe(outcome));
});

describe('what an answer says', () => {
  const available = report({
    AvailableOSUpdates: [dict({ ProductKey: 'k', Version: '12.6', IsMajorOSUpdate: true, DownloadSize: 5n })],
  });
  const results = report({
    UpdateResults: [
      dict({
        ProductKey: 'k',
        InstallAction: 'Error',
        Status: 'InstallInsufficientSpace',
        ErrorChain: [dict({ ErrorCode: 4294967296n })],
      }),
    ],
  });

  it('available: the list', () =>
    expect(answerOf('available', 'acknowledged', available).result.available).toMatchObject([
      { productKey: 'k', version: '12.6', majorOsUpdate: true, downloadSize: 5 },
    ]));

  it('trap 22: an acknowledged install may hold an error, whose code no integer of ours holds', () =>
    expect(answerOf('install', 'acknowledged', results).result.results).toMatchObject([
      { installAction: 'Error', status: 'InstallInsufficientSpace', errors: [{ code: 2147483647 }] },
    ]));

  it('an error carries its chain and nothing else', () => {
    const failed = report({ ErrorChain: [dict({ ErrorCode: 12021n, ErrorDomain: 'MCMDM' })], AvailableOSUpdates: [] });
    expect(answerOf('available', 'error', failed)).toMatchObject({
      outcome: 'error',
      errors: [{ code: 12021, domain: 'MCMDM' }],
      result: { available: [] },
    });
  });

  it('an acknowledged answer that cannot be read is an error in our name: a refusal would be repeated for ever', () =>
    expect(answerOf('available', 'acknowledged', report({}))).toMatchObject({
      outcome: 'error',
      errors: [{ domain: 'managed-os', description: 'unreadable answer: missing-key at /AvailableOSUpdates' }],
    }));

  it.each([
    [dict({ IsAppleSilicon: true }), { architecture: 'arm64' }],
    [dict({ IsAppleSilicon: false, ProductName: 'Mac14,2' }), { architecture: 'x86_64', model: 'Mac14,2' }],
    [dict({ ProductName: 'MacBookAir10,1' }), { architecture: 'arm64', model: 'MacBookAir10,1' }],
    [dict({ ProductName: 'Odd1,1', IsSupervised: false }), { model: 'Odd1,1', supervised: false }],
    [
      dict({ SoftwareUpdateDeviceID: 'J413AP', OSVersion: '12.6', BuildVersion: '21G115', TimeZone: 'Europe/Paris' }),
      { softwareUpdateDeviceId: 'J413AP', osVersion: '12.6', osBuild: '21G115', timeZone: 'Europe/Paris' },
    ],
    [dict({ DeviceName: 'x'.repeat(1000) }), { name: 'x'.repeat(256) }],
  ])('inventory %#', (said, seen) =>
    expect(answerOf('daily_inventory', 'acknowledged', report({ QueryResponses: said })).seen).toEqual(seen),
  );

  it('whatever a Mac sends makes an event that fits its contract and the store', () => {
    const long = '\u0007'.repeat(1_000);
    const item = dict({
      ProductKey: long,
      Version: long,
      Build: long,
      HumanReadableName: long,
      InstallAction: long,
      Status: long,
      ErrorChain: Array.from({ length: 9 }, () => dict({ ErrorDomain: long, LocalizedDescription: long })),
    });
    const keys: PlistDict = dict({
      AvailableOSUpdates: Array(500).fill(item),
      UpdateResults: Array(500).fill(item),
      ErrorChain: Array(500).fill(item),
    });
    for (const kind of ['available', 'install'] as const) {
      const answer = answerOf(kind, 'acknowledged', { status: 'Acknowledged', sender: {}, errors: [], keys });
      expect(Buffer.byteLength(encodeEvent(commandAnswered(asked(kind), answer)).json)).toBeLessThan(250_000);
    }
  });
});

describe('which document a command becomes', () => {
  it.each([
    [asked('scan'), '12.5', { requestType: 'ScheduleOSUpdateScan', force: true }],
    [
      asked('download', { product_key: 'k', product_version: '12.6' }),
      '12.5',
      { requestType: 'ScheduleOSUpdate', updates: [{ productKey: 'k', installAction: 'DownloadOnly' }] },
    ],
    [
      asked('install', { product_version: '12.6', install_action: 'InstallASAP' }),
      '12.5',
      { requestType: 'ScheduleOSUpdate', updates: [{ productVersion: '12.6', installAction: 'InstallASAP' }] },
    ],
    [asked('install', { product_version: '11.7' }), '11.6', undefined],
    [asked('install'), '12.5', undefined],
    [asked('scan'), '27.0', undefined],
    [asked('watch_status'), '27.0', undefined],
    [asked('daily_security'), '27.0', { requestType: 'SecurityInfo' }],
  ])('%#', (command, version, document) => expect(commandFor(command, version)).toEqual(document));

  it.each([
    [asked('inventory'), true],
    [asked('inventory', { product_version: '27.0' }), false],
    [asked('inventory', { product_key: 'MSU' }), false],
    [asked('daily_inventory'), false],
    [asked('watch_inventory'), false],
  ])('%# asks for what macOS 27 gave up only where the Mac has just said its version (trap 25)', (command, asks) => {
    const document = commandFor(command, '13.7.8');
    expect(document).toMatchObject({ requestType: 'DeviceInformation' });
    expect(JSON.stringify(document).includes('SoftwareUpdateDeviceID')).toBe(asks);
  });
});

describe('whether an install is still owed', () => {
  const said = (more: object) => ({ asOf: '', obligationId: id, status: 'due', target: '12.6', ...more });
  it.each([
    [said({}), true],
    [said({ status: 'blocked' }), false],
    [said({ status: 'compliant', obligationId: null }), false],
    [said({ obligationId: reactionId('another') }), false],
  ])('%j: %s', (answer, owed) => expect(stillOwed({ obligation_id: id }, answer)).toBe(owed));
});

import { describe, expect, it } from '@jest/globals';
import { type Declaration, type JsonObject } from '@managed-os/apple-mdm';
import { encodeEvent } from '@managed-os/contracts';
import { reactionId } from '@managed-os/kernel';
import type { Declared } from '../tables.js';
import { enforcementSaid, factsSaid, updateSaid } from './sayings.js';

const deviceId = reactionId('mac', 1);
const requestId = reactionId('request', 1);
const name = `managed-os.${requestId}`;
const documents: readonly Declaration[] = [
  { type: 'com.apple.configuration.test', identifier: name, serverToken: 't1', payload: {} },
  { type: 'com.apple.activation.simple', identifier: `${name}.activation`, serverToken: 't2', payload: {} },
];
const row = {
  ...{ device_id: deviceId, request_id: requestId, obligation_id: reactionId('obligation', 1), attempt: 1, try: 2 },
  ...{ offered_token: 't1', declarations: JSON.stringify(documents) },
} as Declared;

const state = (identifier: string, token: string, more: JsonObject = {}): JsonObject => ({
  ...{ identifier, 'server-token': token, active: true, valid: 'valid' },
  ...more,
});
const declarations = (configurations: readonly JsonObject[], activations: readonly JsonObject[] = []): JsonObject => ({
  management: { declarations: { configurations, activations } },
});

describe('what a Mac says of its enforcement', () => {
  it('with what it says of the activation that carries it (trap 8)', () =>
    expect(
      enforcementSaid(row, declarations([state(name, 't1')], [state(`${name}.activation`, 't2', { active: false })])),
    ).toEqual({
      type: 'DeclarationReported',
      deviceId,
      declaration: { obligationId: row.obligation_id, attempt: 1, try: 2 },
      serverToken: 't1',
      enforcement: { active: true, valid: 'valid', reasons: [] },
      activation: { active: false, valid: 'valid', reasons: [] },
    }));

  it('nothing, while it speaks of another revision or of others (trap 10)', () => {
    expect(enforcementSaid(row, declarations([state(name, 't0'), state('other', 't1')]))).toBeUndefined();
    expect(enforcementSaid({ ...row, offered_token: null }, declarations([state(name, 't1')]))).toBeUndefined();
  });

  it('why it is not in force; what is too long for an event is cut or left out', () => {
    const long = 'x'.repeat(5_000);
    const reasons = [
      { code: 'Error.ConfigurationCannotBeApplied', description: long, details: { Error: 'no' } },
      { code: '', details: { Error: long } },
    ];
    const said = enforcementSaid(row, declarations([state(name, 't1', { valid: 'invalid', reasons })]));
    expect(said?.enforcement?.reasons).toEqual([
      { code: 'Error.ConfigurationCannotBeApplied', description: 'x'.repeat(2_048), details: '{"Error":"no"}' },
      { code: 'Error.Unknown' },
    ]);
    expect(said && encodeEvent(said)).toBeTruthy();
  });
});

describe('what a Mac says of its software update', () => {
  it('nothing until it has', () => expect(updateSaid(deviceId, {})).toBeUndefined());

  it('whole, in its own words (trap 12)', () => {
    const said = updateSaid(deviceId, {
      softwareupdate: {
        'install-state': 'pondering',
        'pending-version': {
          ...{ 'os-version': '15.7.9', 'build-version': '24G830' },
          'target-local-date-time': '2026-09-10T13:00:00',
        },
        'install-reason': { reason: ['declaration'], 'declaration-id': name },
        'failure-reason': { count: 2 ** 40, reason: 'Not enough space', timestamp: '2026-09-09T13:00:00+0200' },
      },
    });
    expect(said).toEqual({
      type: 'UpdateStateReported',
      deviceId,
      installState: 'pondering',
      pendingVersion: { osVersion: '15.7.9', buildVersion: '24G830', targetLocalDateTime: '2026-09-10T13:00:00' },
      installReasons: ['declaration'],
      failure: { count: 2 ** 31 - 1, reason: 'Not enough space', timestamp: '2026-09-09T13:00:00+0200' },
    });
    expect(said && encodeEvent(said)).toBeTruthy();
  });

  it('that there is none', () =>
    expect(
      updateSaid(deviceId, {
        softwareupdate: {
          'install-state': 'none',
          'pending-version': { 'os-version': '' },
          'failure-reason': { count: 0 },
        },
      }),
    ).toEqual({ type: 'UpdateStateReported', deviceId, installState: 'none', installReasons: [] }));
});

it('of the Mac itself a report says what it names, and no more', () => {
  expect(factsSaid({ device: { 'operating-system': { version: '15.2', 'build-version': '24C101' } } })).toEqual({
    ...{ osVersion: '15.2', osBuild: '24C101' },
  });
  expect(factsSaid({ softwareupdate: { 'device-id': 'J413AP' } })).toEqual({ softwareUpdateDeviceId: 'J413AP' });
  expect(factsSaid({})).toEqual({});
});

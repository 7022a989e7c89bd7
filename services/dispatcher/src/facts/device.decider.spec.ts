import { describe, expect, it } from '@jest/globals';
import { deviceIdOf, instant } from '@managed-os/kernel';
import { specify } from '@managed-os/kernel/testing';
import type { DevicesEvent, Fact } from '@managed-os/contracts';
import { encodeEvent } from '@managed-os/contracts';
import { device, type DeviceInput, type Facts } from './device.decider.js';

const given = specify(device);
const deviceId = deviceIdOf('UDID-1');
const at = instant(1_662_789_600_000);
const since = instant(1_662_000_000_000);

const enrolls = (seen: Partial<Facts> = {}, bootstrapTokenEscrowed = false): DeviceInput => ({
  type: 'Enrolled',
  deviceId,
  udid: 'UDID-1',
  seen: { serialNumber: 'C02', name: 'lab', model: 'Mac14,2', osVersion: '12.5', architecture: 'arm64', ...seen },
  bootstrapTokenEscrowed,
  at,
});
const observes = (seen: Partial<Facts>, answers: readonly Fact<'CommandAnswered'>[] = []): DeviceInput => ({
  type: 'Observed',
  deviceId,
  seen,
  answers,
  at,
});
const facts = (revision: number, more: Partial<Facts> = {}): Fact<'DeviceFactsChanged'> => ({
  type: 'DeviceFactsChanged',
  deviceId,
  factsRevision: revision,
  serialNumber: 'C02',
  name: 'lab',
  model: 'Mac14,2',
  osVersion: '12.5',
  architecture: 'arm64',
  mdmEnrolled: true,
  bootstrapTokenEscrowed: false,
  agentInstalled: false,
  ...more,
  observedAt: at,
});
const enrolled = (again = false): DevicesEvent => ({
  type: 'DeviceEnrolled',
  deviceId,
  udid: 'UDID-1',
  serialNumber: 'C02',
  name: 'lab',
  model: 'Mac14,2',
  again,
});
const silent: DevicesEvent = { type: 'DeviceSilent', deviceId, since };
const heard: DevicesEvent = { type: 'DeviceHeard', deviceId };
const answered: Fact<'CommandAnswered'> = {
  type: 'CommandAnswered',
  deviceId,
  commandId: deviceId,
  command: { obligationId: deviceId, attempt: 1, kind: 'inventory', try: 1 },
  outcome: 'acknowledged',
  errors: [],
  available: [],
  results: [],
  osVersion: '12.5',
};

describe('a Mac enrolls', () => {
  it('is known by what it said', () => given().when(enrolls()).then(enrolled(), facts(1)));

  it('again: what belongs to its hardware stays, the rest is asked anew', () =>
    given(enrolled(), facts(1, { softwareUpdateDeviceId: 'J413AP', supervised: true, bootstrapTokenEscrowed: true }))
      .when(enrolls())
      .then(enrolled(true), facts(2, { softwareUpdateDeviceId: 'J413AP' })));

  it('again, and nothing about it changed', () => given(enrolled(), facts(1)).when(enrolls()).then(enrolled(true)));

  it('after it left', () =>
    given(enrolled(), facts(1), facts(2, { mdmEnrolled: false }))
      .when(enrolls())
      .then(enrolled(true), facts(3)));

  it('is heard first when it had been silent', () =>
    given(enrolled(), facts(1), silent).when(enrolls()).then(heard, enrolled(true)));

  it('makes events that keep their own contract', () =>
    given()
      .when(enrolls())
      .thenMatching((events) => {
        for (const event of events) expect(() => encodeEvent(event)).not.toThrow();
      }));
});

describe('a Mac is observed', () => {
  it('tells what is new as the whole of what is known', () =>
    given(enrolled(), facts(1))
      .when(observes({ osVersion: '12.6', osBuild: '21G115' }))
      .then(facts(2, { osVersion: '12.6', osBuild: '21G115' })));

  it('says nothing when nothing is new', () =>
    given(enrolled(), facts(1))
      .when(observes({ osVersion: '12.5', name: 'lab' }))
      .thenNothing());

  it('tells the answer also when nothing is new (X11: the version seen)', () =>
    given(enrolled(), facts(1))
      .when(observes({ osVersion: '12.5' }, [answered]))
      .then(answered));

  it('tells the answer before what changed by it', () =>
    given(enrolled(), facts(1))
      .when(observes({ supervised: true }, [answered]))
      .then(answered, facts(2, { supervised: true })));

  it('tells what it reported by itself after what changed by it (trap 19)', () => {
    const report = { type: 'UpdateStateReported', deviceId, installState: 'none', installReasons: [] } as const;
    given(enrolled(), facts(1))
      .when({ ...observes({ osVersion: '12.6' }), reports: [report] } as DeviceInput)
      .then(facts(2, { osVersion: '12.6' }), report);
  });

  it('keeps what it does not mention', () =>
    given(enrolled(), facts(1, { supervised: true }))
      .when(observes({ osVersion: '12.5' }))
      .thenNothing());

  it('says when the bootstrap token comes and goes', () => {
    given(enrolled(), facts(1))
      .when(observes({ bootstrapTokenEscrowed: true }))
      .then(facts(2, { bootstrapTokenEscrowed: true }));
    given(enrolled(), facts(1, { bootstrapTokenEscrowed: true }))
      .when(observes({ bootstrapTokenEscrowed: false }))
      .then(facts(2));
  });
});

describe('a Mac leaves', () => {
  it.each(['checked_out', 'replaced'] as const)('%s', (reason) =>
    given(enrolled(), facts(1, { bootstrapTokenEscrowed: true }))
      .when({ type: 'Left', deviceId, reason, at })
      .then({ type: 'DeviceUnenrolled', deviceId, reason }, facts(2, { mdmEnrolled: false })),
  );

  it('replaced, after it was silent: it is heard no more, and says so for the last time', () =>
    given(enrolled(), facts(1), silent)
      .when({ type: 'Left', deviceId, reason: 'replaced', at })
      .then(heard, { type: 'DeviceUnenrolled', deviceId, reason: 'replaced' }, facts(2, { mdmEnrolled: false })));

  it('once', () =>
    given(enrolled(), facts(1, { mdmEnrolled: false }))
      .when({ type: 'Left', deviceId, reason: 'checked_out', at })
      .thenNothing());

  it('and was never here', () => given().when({ type: 'Left', deviceId, reason: 'checked_out', at }).thenNothing());
});

describe('a Mac says nothing for 7 days (X11)', () => {
  const notHeard: DeviceInput = { type: 'NotHeard', deviceId, since };

  it('is silent', () => given(enrolled(), facts(1)).when(notHeard).then(silent));
  it('once per silence', () => given(enrolled(), facts(1), silent).when(notHeard).thenNothing());
  it('is silent again after it was heard', () =>
    given(enrolled(), facts(1), silent, heard).when(notHeard).then(silent));
  it('is not missed when it left', () =>
    given(enrolled(), facts(1, { mdmEnrolled: false }))
      .when(notHeard)
      .thenNothing());
  it('is heard at its next word', () =>
    given(enrolled(), facts(1), silent).when({ type: 'Heard', deviceId }).then(heard));
  it('is not heard twice', () =>
    given(enrolled(), facts(1), silent, heard).when({ type: 'Heard', deviceId }).thenNothing());
  it('a load may start at the last facts: they come after being heard', () =>
    given(facts(7)).when(notHeard).then(silent));
});

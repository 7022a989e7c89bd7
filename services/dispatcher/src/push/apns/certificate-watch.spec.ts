import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { devices, type DevicesEvent } from '@managed-os/contracts';
import { MemoryEventStore } from '@managed-os/event-store/testing';
import { addMillis, instant } from '@managed-os/kernel';
import { ManualClock } from '@managed-os/kernel/testing';
import { CertificateWatch } from './certificate-watch.js';
import type { PushCertificate } from './push-certificate.js';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const topic = 'com.apple.mgmt.External.11111111-2222-3333-4444-555555555555';
const expiresAt = instant(1_662_919_200_000);
const key = createPrivateKey(
  generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey,
);
const certificate: PushCertificate = { topic, expiresAt, fingerprint: 'ab'.repeat(32), pem: '', key };
const before = (days: number) => addMillis(expiresAt, -days * DAY);

let store: MemoryEventStore<DevicesEvent>;
let clock: ManualClock;
let lines: (readonly [level: string, daysLeft: unknown])[];
beforeEach(() => {
  store = new MemoryEventStore<DevicesEvent>({ context: devices });
  clock = new ManualClock(before(100));
  lines = [];
});

const watch = (of = certificate): CertificateWatch => {
  const line = (level: string) => (facts: object) => void lines.push([level, 'daysLeft' in facts && facts.daysLeft]);
  const log = { info: line('info'), warn: line('warn'), error: line('error') };
  return new CertificateWatch(of, store, clock, log);
};

const told = async (): Promise<readonly DevicesEvent[]> =>
  (await store.readStream(`push_certificate-${topic.replaceAll('.', '_')}`)).map(({ data }) => data);
const expiring = (daysLeft: number) => ({ type: 'PushCertificateExpiring', topic, expiresAt, daysLeft });

describe('a push certificate that runs out', () => {
  it('is told at 30, 7, 1 and 0 days, once each, however many watch and how often', async () => {
    const replicas = [watch(), watch()];
    for (let hours = 35 * 24; hours >= -48; hours -= 1) {
      for (const replica of replicas) await replica.runOnce(addMillis(expiresAt, -hours * HOUR));
    }
    expect(await told()).toEqual([expiring(30), expiring(7), expiring(1), expiring(0)]);
  });

  it('is told as it is by a service that starts late', async () => {
    await watch().runOnce(before(5));
    expect(await told()).toEqual([expiring(5)]);
  });

  it('is told anew when it was renewed', async () => {
    await watch().runOnce(before(5));
    await watch({ ...certificate, fingerprint: 'cd'.repeat(32), expiresAt: addMillis(expiresAt, 365 * DAY) }).runOnce(
      before(5),
    );
    expect(await told()).toHaveLength(1);
    await watch({ ...certificate, fingerprint: 'ef'.repeat(32) }).runOnce(before(4));
    expect(await told()).toHaveLength(2);
  });

  it('is in the log at start and every day, louder and louder', async () => {
    const one = watch();
    for (let hours = 32 * 24; hours > 30 * 24; hours -= 1) await one.runOnce(addMillis(expiresAt, -hours * HOUR));
    for (const days of [7, 6.5, 0]) await one.runOnce(before(days));
    expect(lines).toEqual([
      ['info', 32],
      ['info', 31],
      ['warn', 30],
      ['warn', 7],
      ['error', 6],
      ['error', 0],
    ]);
  });

  it.each([
    [7, true],
    [6.9, false],
    [-1, false],
  ])('%s days before, nobody need look: %s', (days, lasts) => expect(watch().lasts(before(days))).toBe(lasts));
});

describe('a push certificate that is refused', () => {
  it('is told once a day, however many pushes it spoils', async () => {
    for (const replica of [watch(), watch()]) {
      await replica.refused('BadCertificate');
      await replica.refused('BadCertificate');
    }
    const event = { type: 'PushCertificateRefused', topic, reason: 'BadCertificate' };
    expect(await told()).toEqual([event]);
    clock.advance(DAY);
    await watch().refused('BadCertificate');
    expect(await told()).toEqual([event, event]);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestService } from '@managed-os/service-host/testing';
import { dispatcherService } from '../service.js';
import { commandRequested, DAY, Fixture, HOUR, MINUTE, until } from '../testing/fixture.js';
import type { TestMac } from '../testing/test-mac.js';
import { type Behaviour, FakeApns } from './testing/fake-apns.js';
import { type PushAuthority, pushAuthority, TOPIC } from './testing/push-authority.js';

const STREAM = 'push_certificate-com_apple_mgmt_External_1';

const folder = mkdtempSync(path.join(tmpdir(), 'managed-os-apns-'));
let authority: PushAuthority;
let apns: FakeApns;

const file = (name: string, text: string): string => {
  const at = path.join(folder, name);
  writeFileSync(at, text);
  return at;
};

/** What the dispatcher is told of a push certificate that is good for so many days. */
const settings = async (days: number): Promise<Record<string, string>> => {
  const { cert, key } = await authority.pushCertificate(TOPIC, days);
  return {
    PUSH_URL: '',
    APNS_URL: apns.url,
    APNS_CA_FILE: file('ca.pem', authority.ca),
    APNS_CERTIFICATE_FILE: file(`${days}.pem`, cert),
    APNS_KEY_FILE: file(`${days}.key`, key),
  };
};

beforeAll(async () => {
  authority = await pushAuthority();
  apns = await FakeApns.start(await authority.server(), authority.ca);
});
afterAll(async () => {
  await apns.close();
  rmSync(folder, { recursive: true });
});

const tokenOf = (mac: TestMac): string => Buffer.from(`token-${mac.udid}`).toString('hex');
const pushesTo = (mac: TestMac) => apns.pushesTo(tokenOf(mac));
const behave = (mac: TestMac, behaviour: Behaviour): unknown => apns.behaviours.set(tokenOf(mac), behaviour);

const degraded = async (fixture: Fixture): Promise<readonly string[]> => {
  const response = await fetch(`${fixture.service.url}/health/ready`);
  return ((await response.json()) as { degraded: readonly string[] }).degraded;
};
const rowOf = (fixture: Fixture, mac: TestMac) =>
  fixture.db
    .selectFrom('enrollments')
    .select(['push_refused', 'push_attempts'])
    .where('device_id', '=', mac.deviceId)
    .executeTakeFirstOrThrow();

describe('through APNs', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await Fixture.start(await settings(365));
  });
  afterAll(() => fixture.close());

  /** A Mac that is through with its enrollment and its pushes. */
  const quietMac = async (): Promise<TestMac> => {
    const mac = await fixture.enrolledMac();
    await until(() => pushesTo(mac).length > 0);
    return mac;
  };
  const pushed = async (mac: TestMac, count: number): Promise<void> => {
    await until(() => pushesTo(mac).length >= count);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(pushesTo(mac)).toHaveLength(count);
  };

  it('a Mac is woken, with its own magic and nothing else, and nobody need look', async () => {
    const mac = await quietMac();
    expect(pushesTo(mac)[0]?.body).toBe(`{"mdm":"magic-${mac.udid}"}`);
    expect(await degraded(fixture)).toEqual([]);
    expect(await fixture.stream(STREAM)).toEqual([]);
  });

  it('one push serves for everything that is sendable', async () => {
    const mac = await quietMac();
    const before = pushesTo(mac).length;
    await fixture.db
      .updateTable('enrollments')
      .set({ push_refused: true })
      .where('device_id', '=', mac.deviceId)
      .execute();
    for (const kind of ['scan', 'available', 'inventory'] as const)
      await fixture.requested(commandRequested(mac, { kind }));
    await fixture.db
      .updateTable('enrollments')
      .set({ push_refused: false })
      .where('device_id', '=', mac.deviceId)
      .execute();
    await pushed(mac, before + 1);
  });

  it('a dead token is told once, and pushed to no more until the Mac brings one', async () => {
    const mac = await quietMac();
    const before = pushesTo(mac).length;
    behave(mac, { status: 410, reason: 'Unregistered', timestamp: 1_662_786_000_000 });
    await fixture.requested(commandRequested(mac));
    await until(async () => (await rowOf(fixture, mac)).push_refused);
    const told = { deviceId: mac.deviceId, reason: 'Unregistered', since: '2022-09-10T05:00:00.000Z' };
    expect(await fixture.named(mac, 'PushTokenRefused')).toMatchObject([told]);
    fixture.clock.advance(DAY);
    await pushed(mac, before + 1);
    behave(mac, { status: 200 });
    await mac.tokenUpdate();
    await pushed(mac, before + 2);
    expect(await fixture.named(mac, 'PushTokenRefused')).toHaveLength(1);
    expect(await degraded(fixture)).toEqual([]);
  });

  it('a Mac that enrolled with another topic is left alone, at the usual pace, until its profile names ours', async () => {
    const mac = fixture.mac();
    mac.topic = 'com.apple.mgmt.External.2';
    await mac.authenticate();
    await mac.tokenUpdate();
    await until(async () => (await rowOf(fixture, mac)).push_attempts === 1);
    fixture.clock.advance(10 * MINUTE);
    await until(async () => (await rowOf(fixture, mac)).push_attempts === 2);
    expect(pushesTo(mac)).toEqual([]);
    mac.topic = TOPIC;
    await mac.tokenUpdate();
    await pushed(mac, 1);
  });

  it('a Mac of which nothing is heard holds up no other', async () => {
    const [silent, mac] = [await quietMac(), await quietMac()];
    const before = pushesTo(mac).length;
    behave(silent, 'silence');
    const pending = pushesTo(silent).length;
    await fixture.requested(commandRequested(silent));
    await until(() => pushesTo(silent).length > pending);
    const began = performance.now();
    await fixture.requested(commandRequested(mac));
    await pushed(mac, before + 1);
    expect(performance.now() - began).toBeLessThan(4_000);
    behave(silent, { status: 200 });
  });

  it.each([
    ['a stream that was reset', 1, 'reset'],
    ['503', 1, { status: 503, reason: 'ServiceUnavailable' }],
    ['429 with Retry-After', 3, { status: 429, reason: 'TooManyRequests', retryAfter: '180' }],
    ['429', 10, { status: 429, reason: 'TooManyRequests' }],
  ] as const)(
    '%s: the Mac is pushed to again %s minutes later, and it does not count',
    async (_, minutes, behaviour) => {
      const mac = await quietMac();
      const before = pushesTo(mac).length;
      behave(mac, behaviour);
      await fixture.requested(commandRequested(mac));
      await pushed(mac, before + 1);
      await until(async () => (await rowOf(fixture, mac)).push_attempts === 0);
      behave(mac, { status: 200 });
      fixture.clock.advance(minutes * MINUTE - 1_000);
      await pushed(mac, before + 1);
      fixture.clock.advance(1_000);
      await pushed(mac, before + 2);
    },
  );

  it('an operator sees that APNs is away, until it takes a push again', async () => {
    const mac = await quietMac();
    behave(mac, { status: 503, reason: 'Shutdown' });
    await fixture.requested(commandRequested(mac));
    await until(async () => (await degraded(fixture)).includes('push-service'));
    behave(mac, { status: 200 });
    fixture.clock.advance(MINUTE);
    await until(async () => !(await degraded(fixture)).includes('push-service'));
  });
});

describe('a push certificate in trouble', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await Fixture.start(await settings(20));
  });
  afterAll(() => fixture.close());

  const events = async () => (await fixture.stream(STREAM)).map(({ data }) => data);

  it('that runs out is told in time, once however often the service starts', async () => {
    await until(async () => (await events()).length > 0);
    await fixture.service.restart();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await events()).toMatchObject([{ type: 'PushCertificateExpiring', topic: TOPIC, daysLeft: 20 }]);
    expect(await degraded(fixture)).toEqual([]);
  });

  it('that APNs refuses is our fault, told once, and nothing that the Macs must answer for', async () => {
    const macs = [fixture.mac(), fixture.mac(), fixture.mac()];
    for (const mac of macs) behave(mac, { status: 403, reason: 'BadCertificate' });
    for (const mac of macs) await mac.authenticate();
    await Promise.all(macs.map((mac) => mac.tokenUpdate()));
    await until(async () => (await events()).length > 1);
    expect((await events()).slice(1)).toEqual([
      { type: 'PushCertificateRefused', topic: TOPIC, reason: 'BadCertificate' },
    ]);
    expect(await degraded(fixture)).toEqual(['push-certificate']);
    for (const mac of macs) {
      await until(async () => (await rowOf(fixture, mac)).push_attempts === 0);
      expect((await rowOf(fixture, mac)).push_refused).toBe(false);
    }
  });

  it('that APNs refused is not tried again for ten minutes; a start with another is', async () => {
    const before = apns.received.length;
    const mac = fixture.mac();
    await mac.authenticate();
    await mac.tokenUpdate();
    fixture.clock.advance(2 * HOUR);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(apns.received).toHaveLength(before);
    await fixture.service.restart();
    await until(() => pushesTo(mac).length > 0);
  });
});

describe('a push certificate that is none', () => {
  it('keeps the service from starting', async () => {
    const broken = { ...(await settings(365)), APNS_CERTIFICATE_FILE: file('none.pem', 'nothing') };
    await expect(
      startTestService(dispatcherService, {
        env: { ...broken, BOOTSTRAP_TOKEN_KEY: Buffer.alloc(32, 7).toString('base64'), LOG_LEVEL: 'silent' },
      }),
    ).rejects.toMatchObject({
      code: 'invalid-config',
      problems: ['APNS_CERTIFICATE_FILE holds no certificate in PEM form'],
    });
  });
});

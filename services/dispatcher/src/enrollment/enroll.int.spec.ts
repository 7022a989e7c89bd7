import { mkdtempSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Module } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Fact, releases, type ReleasesEvent } from '@managed-os/contracts';
import type { EventStore } from '@managed-os/event-store';
import { RandomIds } from '@managed-os/kernel';
import { EVENT_STORE, ServiceConfig } from '@managed-os/service-host';
import { startTestService, type TestService } from '@managed-os/service-host/testing';
import { Fixture, START, until } from '../testing/fixture.js';
import { rsaKeys, TestAuthority, type TestIdentity } from '../testing/test-authority.js';
import { signatureOf } from '../testing/test-signature.js';
import { verifySignedData } from './cms/verify.js';

@Module({})
class ReleasesModule {}

const CODE = 'a-secret-of-the-tests';
/** Like Apple's: it expired long ago, and macOS sends it along without the root above it. */
const apple = TestAuthority.root('Apple Root').below('Apple Device CA');
const profileSigner = TestAuthority.root().issue({ name: 'profiles' });
const device = apple.issue({ name: 'device', keys: rsaKeys(), to: '2021-01-01T00:00:00' });

let fixture: Fixture;
let announcer: TestService;
beforeAll(async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'managed-os-enroll-'));
  const file = (name: string, text: string): string => {
    writeFileSync(path.join(folder, name), text);
    return path.join(folder, name);
  };
  fixture = await Fixture.start({
    MDM_URL: 'https://mdm.example.org',
    ENROLLMENT_SECRET: CODE,
    ENROLLMENT_TOPIC: 'com.apple.mgmt.External.1',
    SCEP_URL: 'https://ca.example.org/scep',
    ENROLLMENT_MINIMUM_OS_VERSION: '26.6.1',
    APPLE_DEVICE_CA_FILE: file('apple.pem', apple.pem),
    PROFILE_KEY_FILE: file('key.pem', String(profileSigner.key.export({ format: 'pem', type: 'pkcs8' }))),
    PROFILE_CERTIFICATE_FILE: file('certificate.pem', profileSigner.certificate.toString()),
  });
  const definition = {
    name: 'releases',
    context: releases,
    config: ServiceConfig,
    migrations: pathToFileURL(`${await mkdtemp(path.join(tmpdir(), 'managed-os-announcer-'))}/`),
    projections: [],
    module: ReleasesModule,
  };
  const env = { LOG_LEVEL: 'silent' };
  announcer = await startTestService(definition, { clock: fixture.clock, natsUrl: fixture.requester.natsUrl, env });
});
afterAll(async () => {
  await fixture.close();
  await announcer.close();
});

const announce = async (event: ReleasesEvent & { readonly version: string }): Promise<void> => {
  const ids = new RandomIds();
  await announcer.app.get<EventStore<ReleasesEvent>>(EVENT_STORE).append({
    stream: `release-${event.version.replaceAll('.', '_')}`,
    expected: 'any',
    events: [event],
    cause: { correlationId: ids.next(), actor: 'service:releases', time: START, idOf: () => ids.next() },
  });
};
const announced = (version: string, build: string, devices: string[]): Fact<'ReleaseAnnounced'> => ({
  type: 'ReleaseAnnounced',
  version,
  build,
  os: '26',
  kind: 'minor',
  released: '2022-09-01',
  firstSeen: START,
  supportedDevices: devices,
  allDevices: false,
  installer: true,
  comboPackage: false,
});
/** Resolves when the dispatcher has heard so much of a version. */
const known = (version: string, what: 'public' | 'installable', value: boolean) =>
  until(() =>
    fixture.db
      .selectFrom('releases')
      .selectAll()
      .where('version', '=', version)
      .where(what, '=', value)
      .executeTakeFirst(),
  );

const machine = (keys: Readonly<Record<string, string | true>> = {}): Buffer => {
  const all = { UDID: 'U-1', SERIAL: 'C02ADE', PRODUCT: 'Mac14,2', VERSION: '24G72', OS_VERSION: '15.6', ...keys };
  const entries = Object.entries<string | true>(all).map(
    ([key, value]) => `<key>${key}</key>${value === true ? '<true/>' : `<string>${value}</string>`}`,
  );
  return Buffer.from(`<plist version="1.0"><dict>${entries.join('')}</dict></plist>`);
};
const updatable = (udid: string, board = 'J413AP', more = {}) =>
  machine({ UDID: udid, SOFTWARE_UPDATE_DEVICE_ID: board, MDM_CAN_REQUEST_SOFTWARE_UPDATE: true, ...more });

const enroll = async (init: RequestInit = {}, query = `code=${CODE}`) => {
  const response = await fetch(`${fixture.service.url}/enroll?${query}`, init);
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
};
const post = (body: Uint8Array, query?: string) =>
  enroll(
    { method: 'POST', body: Uint8Array.from(body), headers: { 'content-type': 'application/pkcs7-signature' } },
    query,
  );
/** As Setup Assistant does it. */
const ade = (info: Buffer, by: TestIdentity = device) =>
  post(signatureOf(info, by, { carries: true, indefinite: true, digest: 'sha1', others: [apple] }));

const profileIn = ({ bytes }: { readonly bytes: Buffer }): string => {
  const verified = verifySignedData(bytes);
  expect(verified.ok && verified.signer.raw.equals(profileSigner.certificate.raw)).toBe(true);
  return verified.ok ? Buffer.from(verified.content).toString() : '';
};

describe('a profile in a browser', () => {
  it('is handed to whoever knows the code, signed, and kept nowhere on the way', async () => {
    const answer = await enroll();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/x-apple-aspen-config');
    expect(answer.headers.get('content-disposition')).toContain('enroll.mobileconfig');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(profileIn(answer)).toContain('https://mdm.example.org/mdm/checkin');
    expect(profileIn(await enroll({}, `code=${CODE}&serial=C02BROWSER`))).toContain('C02BROWSER');
  });

  it.each([
    ['no code', '', 400],
    ['a wrong code', 'code=another', 403],
    ['a code twice', `code=${CODE}&code=${CODE}`, 400],
    ['a serial number that is none', `code=${CODE}&serial=%3Cx%3E`, 400],
    ['something else beside', `code=${CODE}&x=1`, 400],
  ])('is not for %s, and never with 401 (trap 1)', async (_, query, status) => {
    expect((await enroll({}, query)).status).toBe(status);
    expect((await post(Buffer.alloc(0), query)).status).toBe(status);
  });
});

describe('a Mac in Setup Assistant (Automated Device Enrollment)', () => {
  it('gets the profile, with its serial number, by a signature of its own that no clock matters for', async () =>
    expect(profileIn(await ade(machine()))).toContain('C02ADE'));

  it.each([
    [
      'that somebody else signed',
      () => ade(machine(), TestAuthority.root('Apple Device CA').issue({ name: 'device' })),
      403,
    ],
    ['that was changed', () => post(changed(signatureOf(machine(), device, { carries: true }))), 403],
    ['that nobody signed', () => post(machine()), 400],
    ['that is empty', () => post(Buffer.alloc(0)), 400],
    ['that is signed and no property list', () => ade(Buffer.from('hello')), 400],
    ['that does not say who it is', () => ade(Buffer.from('<plist><dict/></plist>')), 400],
  ])('does not get it with a message %s', async (_, act, status) => expect((await act()).status).toBe(status));

  it('of a version below the minimum is let in while nobody knows what Apple offers to it', async () =>
    expect((await ade(updatable('U-2'))).status).toBe(200));

  it('is sent to the minimum, when Apple offers that to it: three times, then it is let in all the same', async () => {
    await announce(announced('26.6.1', '25G80', ['J413AP', 'J414sAP']));
    await known('26.6.1', 'installable', true);
    for (const time of [1, 2, 3]) {
      const answer = await ade(updatable('U-3'));
      expect([time, answer.status]).toEqual([time, 403]);
      expect(answer.headers.get('content-type')).toContain('application/json');
      expect(JSON.parse(answer.bytes.toString())).toMatchObject({
        code: 'com.apple.softwareupdate.required',
        details: { OSVersion: '26.6.1' },
      });
    }
    expect((await ade(updatable('U-3'))).status).toBe(200);
    expect((await ade(updatable('U-4'))).status).toBe(403);
    expect((await ade(updatable('U-4', 'J413AP', { OS_VERSION: '26.6.1' }))).status).toBe(200);
  });

  it.each([
    ['of a kind that it is not offered to', updatable('U-5', 'J700AP')],
    ['that does not say it can be told', machine({ UDID: 'U-6', SOFTWARE_UPDATE_DEVICE_ID: 'J413AP' })],
    ['of macOS 13', machine({ UDID: 'U-7', VERSION: '22G74' })],
  ])('is let in below the minimum: one %s', async (_, info) => expect((await ade(info)).status).toBe(200));

  it('follows what Apple takes away, and what it offers instead', async () => {
    await announce({ type: 'ReleaseLeftPublic', version: '26.6.1', build: '25G80', os: '26', left: START });
    await known('26.6.1', 'public', false);
    expect((await ade(updatable('U-8'))).status).toBe(403);
    expect((await ade(updatable('U-9', 'J413AP', { OS_VERSION: '14.8' }))).status).toBe(200);
    await announce({ type: 'ReleaseLeftAll', version: '26.6.1', build: '25G80', os: '26', left: START });
    await known('26.6.1', 'installable', false);
    expect((await ade(updatable('U-10'))).status).toBe(200);
    await announce(announced('26.7', '25H1', []));
    await announce({
      type: 'ReleaseDevicesChanged',
      version: '26.7',
      build: '25H1',
      os: '26',
      supportedDevices: ['J413AP'],
      added: ['J413AP'],
      removed: [],
    });
    await until(async () => {
      const { bytes } = await ade(updatable('U-11'));
      return bytes.toString().includes('"OSVersion":"26.7"');
    });
  });
});

const changed = (signed: Buffer): Buffer => {
  const copy = Buffer.from(signed);
  const at = copy.indexOf('C02ADE');
  copy.write('C02BAD', at);
  return copy;
};

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { realTime } from '@managed-os/kernel';
import { InvalidConfig, parseConfig } from '@managed-os/service-host';
import { DispatcherConfig } from '../config.js';
import { ApnsPush } from './apns/apns-push.js';
import { LocalWaker } from './local-waker.js';
import { openCertificate, openPush } from './open-push.js';
import { noPush, type Push } from './push.js';
import { pushAuthority, TOPIC } from './testing/push-authority.js';

const folder = mkdtempSync(path.join(tmpdir(), 'managed-os-push-'));
const [certificate, key, both, empty] = ['certificate', 'key', 'both', 'empty'].map((name) =>
  path.join(folder, `${name}.pem`),
) as [string, string, string, string];

beforeAll(async () => {
  const ours = await (await pushAuthority()).pushCertificate();
  writeFileSync(certificate, ours.cert);
  writeFileSync(key, ours.key);
  writeFileSync(both, `${ours.cert}\n${ours.key}`);
  writeFileSync(empty, '');
});
afterAll(() => rmSync(folder, { recursive: true }));

const config = (env: Readonly<Record<string, string>>): DispatcherConfig =>
  parseConfig(DispatcherConfig, {
    DATABASE_URL: 'postgres://localhost/x',
    NATS_URL: 'nats://localhost',
    BOOTSTRAP_TOKEN_KEY: Buffer.alloc(32, 7).toString('base64'),
    ENROLLMENT_SECRET: 'a secret of a test run',
    SCEP_URL: 'http://localhost/scep',
    ...env,
  });

const pushOf = (env: Readonly<Record<string, string>>): Push => {
  const settings = config(env);
  return openPush(settings, openCertificate(settings), realTime);
};

const problemsOf = (env: Readonly<Record<string, string>>): readonly string[] => {
  try {
    void pushOf(env).close();
    return [];
  } catch (error) {
    if (error instanceof InvalidConfig) return error.problems;
    throw error;
  }
};

describe('how Macs are woken', () => {
  it('not at all unless it is said how', () => expect(pushOf({})).toBe(noPush));

  it('through PUSH_URL', () => expect(pushOf({ PUSH_URL: 'http://localhost:1' })).toBeInstanceOf(LocalWaker));

  it('through APNs with a certificate and its key, in two files or in one', async () => {
    for (const files of [{ APNS_CERTIFICATE_FILE: certificate, APNS_KEY_FILE: key }, { APNS_CERTIFICATE_FILE: both }]) {
      expect(openCertificate(config(files))?.topic).toBe(TOPIC);
      const push = pushOf(files);
      expect(push).toBeInstanceOf(ApnsPush);
      await push.close();
    }
  });

  it.each([
    ['both ways', { APNS_CERTIFICATE_FILE: 'both', PUSH_URL: 'http://localhost:1' }, 'exclude each other'],
    ['a key alone', { APNS_KEY_FILE: 'key' }, 'of no use without APNS_CERTIFICATE_FILE'],
    ['no such file', { APNS_CERTIFICATE_FILE: 'gone' }, 'APNS_CERTIFICATE_FILE cannot be read'],
    ['no key', { APNS_CERTIFICATE_FILE: 'certificate' }, 'APNS_KEY_FILE holds no private key'],
    ['an empty file', { APNS_CERTIFICATE_FILE: 'empty', APNS_KEY_FILE: 'key' }, 'holds no certificate'],
    ['no such roots', { APNS_CERTIFICATE_FILE: 'both', APNS_CA_FILE: 'gone' }, 'APNS_CA_FILE cannot be read'],
    [
      'another topic than Macs enroll with',
      { APNS_CERTIFICATE_FILE: 'both', ENROLLMENT_TOPIC: 'com.apple.mgmt.External.2' },
      `not the topic of APNS_CERTIFICATE_FILE, ${TOPIC}`,
    ],
    ['no HTTPS', { APNS_URL: 'http://api.push.apple.com' }, 'APNS_URL'],
    ['a path', { APNS_URL: 'https://api.push.apple.com/3/device' }, 'APNS_URL'],
    ['the sandbox', { APNS_URL: 'https://api.sandbox.push.apple.com' }, 'APNS_URL'],
    ['the sandbox by its old name', { APNS_URL: 'https://api.development.push.apple.com:2197' }, 'APNS_URL'],
  ])('%s is refused with the fix', (_, settings, problem) => {
    const env = Object.entries(settings).map(([name, value]) => [
      name,
      name.endsWith('_FILE') ? path.join(folder, `${value}.pem`) : value,
    ]);
    expect(problemsOf(Object.fromEntries(env))).toEqual([expect.stringContaining(problem)]);
  });

  it('through Apple, on the port of one’s choice', () => {
    expect(config({}).APNS_URL).toBe('https://api.push.apple.com');
    expect(problemsOf({ APNS_CERTIFICATE_FILE: both, APNS_URL: 'https://api.push.apple.com:2197' })).toEqual([]);
  });
});

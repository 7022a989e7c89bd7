import { X509Certificate, webcrypto } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as x509 from '@peculiar/x509';
import { MAIN_JOB } from '../demo/scenarios/main-job.js';
import { SimulatedClock } from '../clock/simulated-clock.js';
import { type ControlServer, startControl } from '../control/control-server.js';
import { LocalAuthority } from './local-authority.js';

const folder = mkdtempSync(path.join(tmpdir(), 'managed-os-ca-'));
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
let authority: LocalAuthority;
let clock: SimulatedClock;
let control: ControlServer;

beforeAll(async () => {
  authority = await LocalAuthority.open(folder);
  clock = SimulatedClock.open(path.join(folder, 'clock.json'), MAIN_JOB.beginning);
  control = await startControl(clock, authority, { join: () => undefined });
});
afterAll(async () => {
  await control.close();
  clock.close();
  rmSync(folder, { recursive: true });
});

const request = async (name: string): Promise<string> => {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  return (await x509.Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm: ALGORITHM })).toString(
    'pem',
  );
};
const post = (body: string): Promise<Response> =>
  fetch(`${control.url}/ca`, { method: 'POST', headers: { 'content-type': 'application/pkcs10' }, body });

describe('the local authority', () => {
  it('issues client certificates that are its own and carry the name asked for', async () => {
    const answer = (await (await post(await request('CN=UDID-1'))).json()) as { certificate: string; ca: string };
    const [issued, root] = [new X509Certificate(answer.certificate), new X509Certificate(answer.ca)];
    expect(issued.subject).toBe('CN=UDID-1');
    expect(issued.verify(root.publicKey)).toBe(true);
    expect(issued.checkIssued(root)).toBe(true);
    expect([issued.ca, root.ca]).toEqual([false, true]);
    expect(issued.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  });

  it.each([
    ['nonsense', () => 'nonsense'],
    ['nothing', () => ''],
    ['a certificate', () => authority.certificate],
  ])('refuses %s', async (_, body) => expect((await post(body())).status).toBe(400));

  it('refuses a request that somebody changed', async () => {
    const der = Buffer.from(x509.PemConverter.decodeFirst(await request('CN=UDID-1')));
    der[der.indexOf('UDID-1')] = 'X'.charCodeAt(0);
    await expect(authority.sign(x509.PemConverter.encode(der, 'CERTIFICATE REQUEST'))).rejects.toThrow('signature');
  });

  it('is the same one after a restart, its key for its owner only', async () => {
    const again = await LocalAuthority.open(folder);
    expect(again.certificate).toBe(authority.certificate);
    expect(
      new X509Certificate(await again.sign(await request('CN=x'))).verify(
        new X509Certificate(authority.certificate).publicKey,
      ),
    ).toBe(true);
    expect(statSync(path.join(folder, 'ca-key.pem')).mode & 0o777).toBe(0o600);
  });
});

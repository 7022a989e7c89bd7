import 'reflect-metadata';
import { createPrivateKey, webcrypto } from 'node:crypto';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import type { Mac } from './fleet.js';
import { isDict } from './plist.js';
import type { Identity } from './store.js';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** Makes a key on the Mac and has the enrollment authority at `url` sign it: PKCS#10 PEM in, `{ certificate, ca }` PEM out. */
export const enrollIdentity = async (mac: Mac, url: string, signal: AbortSignal): Promise<Identity> => {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: `CN=${mac.udid}`,
    keys,
    signingAlgorithm: ALGORITHM,
  });
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/pkcs10' },
    body: request.toString('pem'),
    signal,
  });
  if (!response.ok) throw new Error(`the certificate authority answered ${response.status}`);
  const { certificate, ca } = issued(await response.json());
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
  return { key: key.export({ format: 'pem', type: 'pkcs8' }).toString(), certificate, ca };
};

const issued = (answer: unknown): { readonly certificate: string; readonly ca: string } => {
  if (isDict(answer) && typeof answer['certificate'] === 'string' && typeof answer['ca'] === 'string') {
    return { certificate: answer['certificate'], ca: answer['ca'] };
  }
  throw new Error('the certificate authority answered without certificate and ca');
};

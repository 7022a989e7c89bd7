import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import * as x509 from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY = 86_400_000;

/** A root that a test makes up, and a certificate of it for this machine. */
export const makeRoot = async (name: string) => {
  x509.cryptoProvider.set(webcrypto);
  const make = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const [root, leaf] = await Promise.all([make(), make()]);
  const notBefore = new Date(Date.now() - DAY);
  const notAfter = new Date(Date.now() + DAY);
  const shared = { notBefore, notAfter, signingAlgorithm: ALGORITHM };
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...shared,
    serialNumber: '01',
    name: `CN=${name}`,
    keys: root,
    extensions: [new x509.BasicConstraintsExtension(true, 1, true)],
  });
  const certificate = await x509.X509CertificateGenerator.create({
    ...shared,
    serialNumber: '02',
    subject: 'CN=localhost',
    issuer: ca.subject,
    publicKey: leaf.publicKey,
    signingKey: root.privateKey,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', leaf.privateKey);
  return {
    ca: ca.toString('pem'),
    cert: certificate.toString('pem'),
    key: x509.PemConverter.encode(key, 'PRIVATE KEY'),
  };
};

export type Root = Awaited<ReturnType<typeof makeRoot>>;

/** A server whose answer a test gives, at `https://127.0.0.1:<port>/`. */
export const startHttps = async ({ cert, key }: Root, answer: (response: ServerResponse) => void) => {
  let asked = 0;
  const server: Server = createServer({ cert, key }, (_request, response) => {
    asked += 1;
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/v2/pmv`,
    asked: (): number => asked,
    close: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY = 86_400_000;

export const TOPIC = 'com.apple.mgmt.External.1';

/** A certificate and its key, as PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** Stands in for Apple: signs the certificate of a push server and push certificates, the latter good for so many days. */
export const pushAuthority = async () => {
  x509.cryptoProvider.set(webcrypto);
  const make = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const keys = await make();
  let serial = 1;
  const validity = (days: number) => ({
    serialNumber: String(++serial).padStart(4, '0'),
    notBefore: new Date(Date.now() - 400 * DAY),
    notAfter: new Date(Date.now() + days * DAY + DAY / 2),
    signingAlgorithm: ALGORITHM,
  });
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(100),
    name: 'CN=Apple of the tests',
    keys,
    extensions: [new x509.BasicConstraintsExtension(true, 1, true)],
  });
  const issue = async (subject: string, days: number, extensions: x509.Extension[] = []): Promise<Identity> => {
    const own = await make();
    const certificate = await x509.X509CertificateGenerator.create({
      ...validity(days),
      subject,
      issuer: ca.subject,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      extensions,
    });
    const key = await webcrypto.subtle.exportKey('pkcs8', own.privateKey);
    return { cert: certificate.toString('pem'), key: x509.PemConverter.encode(key, 'PRIVATE KEY') };
  };
  return {
    ca: ca.toString('pem'),
    server: (): Promise<Identity> =>
      issue('CN=push', 100, [new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])]),
    /** Subjects as Apple writes them: the topic is the UID. */
    pushCertificate: (topic = TOPIC, days = 365): Promise<Identity> =>
      issue(`C=US, CN=APSP:1, 0.9.2342.19200300.100.1.1=${topic}`, days),
    other: (subject: string): Promise<Identity> => issue(subject, 365),
  };
};

export type PushAuthority = Awaited<ReturnType<typeof pushAuthority>>;

import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as x509 from '@peculiar/x509';
import { addMillis } from '@managed-os/kernel';
import { real } from '../infra/real-time.js';
import { writeState } from '../infra/state-file.js';

const KEY = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const;
const DAY = 86_400_000;

/** A key and its certificate, as PEM. */
export interface Identity {
  readonly key: string;
  readonly certificate: string;
}

/**
 * The certificate authority of one local system: signs the ingress's certificate and, as the stand-in for SCEP, those
 * of virtual Macs. Its key lives in the state folder.
 */
export class LocalAuthority {
  private constructor(
    private readonly key: webcrypto.CryptoKey,
    private readonly root: x509.X509Certificate,
  ) {}

  /** The authority whose key is in `folder`, or a new one. */
  static async open(folder: string): Promise<LocalAuthority> {
    x509.cryptoProvider.set(webcrypto);
    const [keyFile, rootFile] = [path.join(folder, 'ca-key.pem'), path.join(folder, 'ca.pem')];
    if (existsSync(keyFile) && existsSync(rootFile)) {
      const key = x509.PemConverter.decodeFirst(readFileSync(keyFile, 'utf8'));
      return new LocalAuthority(
        await webcrypto.subtle.importKey('pkcs8', key, KEY, true, ['sign']),
        new x509.X509Certificate(readFileSync(rootFile, 'utf8')),
      );
    }
    const keys = await webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
    const root = await x509.X509CertificateGenerator.createSelfSigned({
      name: 'CN=Managed OS local authority',
      serialNumber: serial(),
      ...validity(3650),
      keys,
      signingAlgorithm: SIGNING,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeState(rootFile, root.toString('pem'));
    writeState(keyFile, await pemOf(keys.privateKey));
    return new LocalAuthority(keys.privateKey, root);
  }

  /** The authority's own certificate, PEM. */
  get certificate(): string {
    return this.root.toString('pem');
  }

  /** A fresh key and server certificate for these names and addresses. */
  async server(names: readonly { readonly type: 'dns' | 'ip'; readonly value: string }[]): Promise<Identity> {
    const keys = await webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
    const certificate = await this.issue('CN=Managed OS ingress', keys.publicKey, x509.ExtendedKeyUsage.serverAuth, [
      new x509.SubjectAlternativeNameExtension([...names]),
    ]);
    return { key: await pemOf(keys.privateKey), certificate };
  }

  /** A client certificate for a PKCS#10 request (PEM). Throws when it is none or its signature is not its key's. */
  async sign(request: string): Promise<string> {
    const asked = new x509.Pkcs10CertificateRequest(request);
    if (!(await asked.verify())) throw new Error('the signature of the certificate request is wrong');
    return this.issue(asked.subject, await asked.publicKey.export(), x509.ExtendedKeyUsage.clientAuth, []);
  }

  private async issue(
    subject: string,
    publicKey: webcrypto.CryptoKey,
    usage: string,
    extra: x509.Extension[],
  ): Promise<string> {
    const certificate = await x509.X509CertificateGenerator.create({
      subject,
      issuer: this.root.subject,
      serialNumber: serial(),
      ...validity(365),
      publicKey,
      signingKey: this.key,
      signingAlgorithm: SIGNING,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([usage]),
        await x509.AuthorityKeyIdentifierExtension.create(this.root),
        ...extra,
      ],
    });
    return certificate.toString('pem');
  }
}

/** Positive, as RFC 5280 wants it: the first bit is clear. */
const serial = (): string => {
  const bytes = Buffer.from(webcrypto.getRandomValues(new Uint8Array(16)));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
};

/** From an hour ago on: the other side's clock may be a little behind. TLS lives in real time. */
const validity = (days: number): { notBefore: Date; notAfter: Date } => ({
  notBefore: new Date(addMillis(real.now(), -3_600_000)),
  notAfter: new Date(addMillis(real.now(), days * DAY)),
});

const pemOf = async (key: webcrypto.CryptoKey): Promise<string> =>
  x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');

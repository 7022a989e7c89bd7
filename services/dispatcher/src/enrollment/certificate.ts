import { createHash, X509Certificate } from 'node:crypto';
import { type Instant, instant } from '@managed-os/kernel';

/** What a Mac proved to be its own: a certificate, by its DER form and the SHA-256 of it, hexadecimal. */
export interface MacIdentity {
  readonly der: Buffer;
  readonly hash: string;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export const identityOf = (der: Buffer): MacIdentity => ({ der, hash: sha256(der) });

const SHAPE = /^:([A-Za-z0-9+/]{4,21848}={0,2}):$/;

/**
 * The certificate in a header, in DER. The header is RFC 9440's `Client-Cert: :<Base64>:`, set by the ingress after it
 * verified the chain. `undefined` when there is none or it is malformed.
 */
export const certificateIn = (header: string | readonly string[] | undefined): Buffer | undefined => {
  const base64 = typeof header === 'string' ? SHAPE.exec(header)?.[1] : undefined;
  if (base64 === undefined || base64.length % 4 !== 0) return undefined;
  return Buffer.from(base64, 'base64');
};

export interface CertificateDetails {
  /** SHA-256 of the public key, hexadecimal: a renewed certificate is another one, perhaps of the same key. */
  readonly key: string;
  /** After this the Mac can neither be managed nor be told so (section 1.7). */
  readonly until: Instant;
}

/** `undefined` when it is no certificate. */
export const detailsOf = ({ der }: MacIdentity): CertificateDetails | undefined => {
  try {
    const { publicKey, validTo } = new X509Certificate(der);
    return { key: sha256(publicKey.export({ type: 'spki', format: 'der' })), until: instant(Date.parse(validTo)) };
  } catch {
    return undefined;
  }
};

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates of a PEM file, in its order. Throws when there is none, or one that cannot be read. */
export const certificatesOf = (pem: string): readonly [X509Certificate, ...X509Certificate[]] => {
  const [first, ...rest] = (pem.match(PEM) ?? []).map((text) => new X509Certificate(text));
  if (!first) throw new RangeError('no certificate in PEM');
  return [first, ...rest];
};

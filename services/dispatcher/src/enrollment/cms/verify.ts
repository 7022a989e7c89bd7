import { createHash, verify as verifyBytes, X509Certificate } from 'node:crypto';
import { Malformed } from './ber.js';
import { DATA, DIGESTS, SIGNATURES } from './oids.js';
import { readSignedData, type SignedData } from './signed-data.js';

/** A signature that holds. Whether its signer is to be believed, `chainsTo` says. */
export interface Verified {
  readonly ok: true;
  readonly signer: X509Certificate;
  /** Other certificates that came along. */
  readonly others: readonly X509Certificate[];
  readonly content: Uint8Array;
}

export interface NotVerified {
  readonly ok: false;
  readonly refusal: 'malformed-signature' | 'wrong-signature';
}

const MOST_CERTIFICATES = 6;

/**
 * Verifies a CMS signature over `detached`, exactly these bytes, or over the content that it carries (RFC 5652, section 5).
 * One signer, its certificate among those that came along; RSA (PKCS #1 1.5) or ECDSA. Total: any bytes give an answer.
 */
export const verifySignedData = (cms: Uint8Array, detached?: Uint8Array): Verified | NotVerified => {
  try {
    const data = readSignedData(cms);
    const content = detached ?? data.content;
    // Only plain data: content of another type, or a second one, would be read by nobody.
    if (!content || data.contentType !== DATA || (detached && data.content)) return MALFORMED;
    const certificates = data.certificates
      .slice(0, MOST_CERTIFICATES)
      .map((der) => understood(() => certificateOf(der)));
    const signer = certificates.find((by) => isSigner(data, by) && understood(() => isSigned(data, content, by)));
    if (!signer) return { ok: false, refusal: 'wrong-signature' };
    return { ok: true, signer, others: certificates.filter((other) => other !== signer), content };
  } catch (error) {
    if (error instanceof Malformed) return MALFORMED;
    throw error;
  }
};

const MALFORMED: NotVerified = { ok: false, refusal: 'malformed-signature' };

/** What OpenSSL makes of bytes from outside; it throws whatever it likes at those that it does not understand. */
const understood = <T>(work: () => T): T => {
  try {
    return work();
  } catch (cause) {
    throw new Malformed('not understood', { cause });
  }
};

const certificateOf = (der: Buffer): X509Certificate => {
  const certificate = new X509Certificate(der);
  // A key of an unknown kind is noticed only when it is asked for.
  if (!certificate.publicKey.asymmetricKeyType) throw new RangeError('no key');
  return certificate;
};

const isSigner = ({ signer }: SignedData, { serialNumber }: X509Certificate): boolean =>
  /^[0-9A-F]+$/.test(serialNumber) && BigInt(`0x${serialNumber}`) === signer.serialNumber;

const isSigned = ({ signer, contentType }: SignedData, content: Uint8Array, by: X509Certificate): boolean => {
  const digest = DIGESTS[signer.digestAlgorithm];
  const algorithm = SIGNATURES[signer.signatureAlgorithm];
  const { attributes } = signer;
  if (digest === undefined || !algorithm || by.publicKey.asymmetricKeyType !== algorithm.key) return false;
  if (attributes) {
    const same = createHash(digest).update(content).digest().equals(attributes.messageDigest);
    if (!same || attributes.contentType !== contentType) return false;
  }
  return verifyBytes(algorithm.digest ?? digest, attributes?.signed ?? content, by.publicKey, signer.signature);
};

import type { X509Certificate } from 'node:crypto';
import type { RealTime } from '@managed-os/kernel';
import { Problem } from '@managed-os/service-host';
import { certificateIn, identityOf, type MacIdentity } from './certificate.js';
import { chainsTo, isForClients, isValidAt } from './cms/chain.js';
import { verifySignedData } from './cms/verify.js';

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Who sent this body. Throws 400 when nothing says it, or not readably, 403 when it is not to be believed. Never 401. */
export type Identify = (headers: Headers, body: Uint8Array) => MacIdentity;

export interface IdentifyBy {
  /** By what Macs are known; what is not named here is not looked at. */
  readonly by: 'header' | 'signature' | 'both';
  readonly header: string;
  /** Who issues the Macs' certificates; the ingress knows it by itself. */
  readonly anchors: readonly X509Certificate[];
  readonly real: RealTime;
}

/**
 * Macs are known by the certificate of their connection, which the ingress verified and names in a header, or by the
 * signature over each message, `Mdm-Signature` (section 1.1). Both at once have to be of one certificate.
 */
export const identifying =
  ({ by, header, anchors, real }: IdentifyBy): Identify =>
  (headers, body) => {
    const [certificate, signature] = [
      by !== 'signature' && headers[header],
      by !== 'header' && headers['mdm-signature'],
    ];
    const shown = certificate ? shownIn(certificate) : undefined;
    const signed = signature ? signedBy(signature, body, anchors, real) : undefined;
    if (shown && signed && shown.hash !== signed.hash) {
      throw new Problem(
        403,
        'conflicting-identities',
        'The message is signed by another certificate than its sender shows.',
      );
    }
    const identity = shown ?? signed;
    if (!identity) throw new Problem(400, 'no-certificate', 'The request carries no client certificate.');
    return identity;
  };

const shownIn = (header: string | readonly string[]): MacIdentity => {
  const der = certificateIn(header);
  if (!der) throw new Problem(400, 'malformed-certificate', 'The header of the client certificate cannot be read.');
  return identityOf(der);
};

const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}$/;

const signedBy = (
  header: string | readonly string[],
  body: Uint8Array,
  anchors: readonly X509Certificate[],
  real: RealTime,
): MacIdentity => {
  const cms = typeof header === 'string' && BASE64.test(header) ? Buffer.from(header, 'base64') : Buffer.alloc(0);
  const verified = verifySignedData(cms, body);
  if (!verified.ok) {
    const { refusal } = verified;
    throw new Problem(refusal === 'wrong-signature' ? 403 : 400, refusal, 'Mdm-Signature does not sign this message.');
  }
  const { signer, others } = verified;
  if (!chainsTo(signer, others, anchors) || !isForClients(signer)) {
    throw new Problem(403, 'unknown-authority', 'The certificate is not one of the authority that enrolls Macs here.');
  }
  if (!isValidAt(signer, real.now())) {
    throw new Problem(403, 'certificate-expired', 'The certificate of this Mac has expired, or is not valid yet.');
  }
  return identityOf(signer.raw);
};

import { createHash } from 'node:crypto';

const SHAPE = /^:([A-Za-z0-9+/]{4,21848}={0,2}):$/;

/**
 * The identity that a certificate header stands for: the SHA-256 of the DER form, hexadecimal. The header is RFC 9440's
 * `Client-Cert: :<Base64>:`, set by the ingress after it verified the chain. `undefined` when there is none or it is malformed.
 */
export const identityOf = (header: string | readonly string[] | undefined): string | undefined => {
  const base64 = typeof header === 'string' ? SHAPE.exec(header)?.[1] : undefined;
  if (base64 === undefined || base64.length % 4 !== 0) return undefined;
  return createHash('sha256').update(Buffer.from(base64, 'base64')).digest('hex');
};

import { createHmac, timingSafeEqual } from 'node:crypto';

/** Where NanoMDM puts it, and looks for it. */
export const SIGNATURE = 'x-hmac-signature';

/** What NanoMDM signs bodies with: HMAC-SHA256, in Base64. */
export const signatureOf = (body: Uint8Array | string, key: string): string =>
  createHmac('sha256', key).update(body).digest('base64');

/** Whether who sent this body holds the key. */
export const isSigned = (body: Uint8Array, header: string | readonly string[] | undefined, key: string): boolean => {
  if (typeof header !== 'string') return false;
  const [said, due] = [Buffer.from(header), Buffer.from(signatureOf(body, key))];
  return said.length === due.length && timingSafeEqual(said, due);
};

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const FORMAT = 1;
const NONCE = 12;
const TAG = 16;

/**
 * Encrypts a bootstrap token for one Mac: format byte, nonce, tag, ciphertext. Bound to the Mac's id, so that a row
 * copied to another Mac does not open.
 */
export const seal = (token: Uint8Array, key: Buffer, deviceId: string): Buffer => {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG }).setAAD(Buffer.from(deviceId));
  const sealed = Buffer.concat([cipher.update(token), cipher.final()]);
  return Buffer.concat([Buffer.of(FORMAT), nonce, cipher.getAuthTag(), sealed]);
};

/** The stored token does not open: another key, another Mac's, or damaged. Says nothing of its content. */
export class TokenDoesNotOpen extends Error {
  override readonly name = 'TokenDoesNotOpen';
  readonly code = 'token-does-not-open';

  constructor(
    readonly deviceId: string,
    options?: ErrorOptions,
  ) {
    super(`the bootstrap token of ${deviceId} does not open with this key`, options);
  }
}

/** Throws `TokenDoesNotOpen`. */
export const unseal = (stored: Buffer, key: Buffer, deviceId: string): Buffer => {
  try {
    if (stored[0] !== FORMAT) throw new RangeError(`format ${stored[0]}`);
    const nonce = stored.subarray(1, 1 + NONCE);
    const tag = stored.subarray(1 + NONCE, 1 + NONCE + TAG);
    const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG }).setAAD(Buffer.from(deviceId));
    decipher.setAuthTag(tag);
    return Buffer.concat([decipher.update(stored.subarray(1 + NONCE + TAG)), decipher.final()]);
  } catch (cause) {
    throw new TokenDoesNotOpen(deviceId, { cause });
  }
};

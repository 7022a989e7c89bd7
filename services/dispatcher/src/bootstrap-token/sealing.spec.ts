import { describe, expect, it } from '@jest/globals';
import { seal, TokenDoesNotOpen, unseal } from './sealing.js';

const key = Buffer.alloc(32, 7);
const token = Buffer.from('secret-bytes');

describe('a bootstrap token at rest', () => {
  it('opens with its key for its Mac', () => expect(unseal(seal(token, key, 'mac-1'), key, 'mac-1')).toEqual(token));

  it('shows nothing of itself, and never the same twice', () => {
    const sealed = seal(token, key, 'mac-1');
    expect(sealed.includes(token)).toBe(false);
    expect(seal(token, key, 'mac-1')).not.toEqual(sealed);
  });

  it.each([
    ['with another key', (sealed: Buffer) => unseal(sealed, Buffer.alloc(32, 8), 'mac-1')],
    ['for another Mac', (sealed: Buffer) => unseal(sealed, key, 'mac-2')],
    ['when it is cut off', (sealed: Buffer) => unseal(sealed.subarray(0, 20), key, 'mac-1')],
    ['when it is empty', () => unseal(Buffer.alloc(0), key, 'mac-1')],
    [
      'when its format is unknown',
      (sealed: Buffer) => unseal(Buffer.concat([Buffer.of(2), sealed.subarray(1)]), key, 'mac-1'),
    ],
  ])('does not open %s', (_, open) => expect(() => open(seal(token, key, 'mac-1'))).toThrow(TokenDoesNotOpen));

  it('does not open when one bit of it was changed, wherever', () => {
    const sealed = seal(token, key, 'mac-1');
    const damaged = Array.from({ length: sealed.length * 8 }, (_, bit) => {
      const copy = Buffer.from(sealed);
      copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      return copy;
    });
    for (const copy of damaged) expect(() => unseal(copy, key, 'mac-1')).toThrow(TokenDoesNotOpen);
  });
});

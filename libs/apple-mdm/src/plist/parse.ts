import { decodeUtf8 } from '../utf8.js';
import { readBinary } from './binary.js';
import { type Parsed, parsing, Refused } from './refusal.js';
import type { PlistValue } from './value.js';
import { scanXml } from './xml.js';

export interface PlistLimits {
  readonly maxBytes: number;
  readonly maxDepth: number;
  /** How many values a binary document may unfold to; an XML one is bounded by its size. */
  readonly maxValues: number;
}

/** More than any message of Apple's protocol needs. */
export const PLIST_LIMITS: PlistLimits = { maxBytes: 1_048_576, maxDepth: 32, maxValues: 100_000 };

/**
 * The value of a property list, XML or binary by its first bytes. Total: any bytes give a value or a refusal with a
 * place, in time proportional to their number; nothing is thrown, nothing is fetched, no entity is expanded.
 */
export const parsePlist = (body: Uint8Array, limits: PlistLimits = PLIST_LIMITS): Parsed<PlistValue> =>
  parsing(() => {
    if (body.length > limits.maxBytes) {
      throw new Refused({ code: 'too-large', path: '', detail: `longer than ${limits.maxBytes} bytes` });
    }
    return isBinary(body)
      ? readBinary(body, limits.maxDepth, limits.maxValues)
      : scanXml(decodeUtf8(body), limits.maxDepth);
  });

const isBinary = (body: Uint8Array): boolean => [...'bplist'].every((char, i) => body[i] === char.charCodeAt(0));

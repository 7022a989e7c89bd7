import { instant } from '@managed-os/kernel';
import { parseBuffer } from 'bplist-parser';
import { proveBounded } from './binary-bounds.js';
import { type Path, pointer, Refused } from './refusal.js';
import { type PlistValue, wellFormed } from './value.js';

/** The instants that the years 1 to 9999 hold, in milliseconds. */
const [FIRST, LAST] = [-62_135_596_800_000, 253_402_300_799_999];

/**
 * Reads a binary property list. Its numbers lose their kind on the way through the library: whatever has no fraction
 * arrives as an integer. Throws `Refused`, and nothing else.
 */
export const readBinary = (body: Uint8Array, maxDepth: number, maxValues: number): PlistValue => {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  proveBounded(bytes, maxDepth, maxValues);
  const [root] = parseBuffer<unknown>(bytes);
  return convert(root, []);
};

const convert = (value: unknown, path: Path): PlistValue => {
  if (typeof value === 'string') return wellFormed(value);
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value === 'boolean' || typeof value === 'bigint') return value;
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (value instanceof Date) return { date: dateOf(value.getTime(), path) };
  if (Array.isArray(value)) return value.map((item, index) => convert(item, [...path, index]));
  if (typeof value === 'object' && value !== null) {
    return new Map(Object.entries(value).map(([key, item]) => [wellFormed(key), convert(item, [...path, key])]));
  }
  throw new Refused({ code: 'value', path: pointer(path), detail: 'not a value of a property list' });
};

const dateOf = (millis: number, path: Path) => {
  const whole = Math.round(millis);
  if (whole >= FIRST && whole <= LAST) return instant(whole);
  throw new Refused({ code: 'value', path: pointer(path), detail: 'not a date' });
};

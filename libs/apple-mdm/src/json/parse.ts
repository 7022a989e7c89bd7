import { type Parsed, parsing, type Path, pointer, Refused } from '../plist/refusal.js';
import { wellFormed } from '../plist/value.js';
import { decodeUtf8 } from '../utf8.js';
import type { Json } from './value.js';

/** More than any report of Apple's protocol needs; what comes inside a property list is shorter anyway. */
export const JSON_LIMITS = { maxBytes: 1_048_576, maxDepth: 32, maxValues: 100_000 } as const;

/**
 * The value of a JSON text. Total: any bytes give a value or a refusal with a place. Text is made well-formed, keys too;
 * a number that is too large for one is refused, since it could not be stored. Of a key that comes twice the last counts.
 */
export const parseJson = (body: Uint8Array): Parsed<Json> =>
  parsing(() => {
    if (body.length > JSON_LIMITS.maxBytes) {
      throw new Refused({ code: 'too-large', path: '', detail: `longer than ${JSON_LIMITS.maxBytes} bytes` });
    }
    const text = decodeUtf8(body);
    proveBounded(text);
    return sound(unchecked(text), []);
  });

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const OPENING: readonly number[] = [0x5b, 0x7b];
const CLOSING: readonly number[] = [0x5d, 0x7d];

/** Counts brackets and commas outside of strings: a megabyte of them costs the platform's parser most of a second. */
const proveBounded = (text: string): void => {
  let [depth, values, inString] = [0, 1, false];
  for (let offset = 0; offset < text.length; offset += 1) {
    const char = text.charCodeAt(offset);
    if (inString) {
      if (char === BACKSLASH) offset += 1;
      else if (char === QUOTE) inString = false;
      continue;
    }
    if (char === QUOTE) inString = true;
    else if (char === COMMA) values += 1;
    else if (CLOSING.includes(char)) depth -= 1;
    else if (OPENING.includes(char)) {
      depth += 1;
      values += 1;
      if (depth > JSON_LIMITS.maxDepth) {
        throw new Refused({ code: 'too-deep', path: '', offset, detail: `deeper than ${JSON_LIMITS.maxDepth}` });
      }
    }
    if (values > JSON_LIMITS.maxValues) {
      throw new Refused({ code: 'too-large', path: '', offset, detail: `over ${JSON_LIMITS.maxValues} values` });
    }
  }
};

const unchecked = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused({ code: 'syntax', path: '', detail: 'not JSON' });
  }
};

const sound = (value: unknown, path: Path): Json => {
  if (typeof value === 'string') return wellFormed(value);
  if (typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map((item, index) => sound(item, [...path, index]));
  if (typeof value === 'object') {
    const entries = Object.entries(value).map(([key, item]) => [wellFormed(key), sound(item, [...path, key])] as const);
    return Object.fromEntries(entries);
  }
  throw new Refused({ code: 'value', path: pointer(path), detail: 'not a number that can be stored' });
};

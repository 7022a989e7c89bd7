import { parseVersion, type Version } from '@managed-os/kernel';

/** A version as one number that sorts as the version does: `12.5.1` = 12 00005 00001. */
export type VersionCode = number;

const PART = 100_000;
const FIRST = PART * PART;

const encode = ([first, second, third]: Version): VersionCode => first * FIRST + second * PART + third;

/** A catalogue says the same few versions again and again. */
const codes = new Map<string, VersionCode>();
const MOST_CODES = 5_000;

/** `undefined` when `text` is missing or no version. */
export const readVersion = (text: string | null | undefined): VersionCode | undefined => {
  if (!text) return undefined;
  const known = codes.get(text);
  if (known !== undefined) return known;
  const version = parseVersion(text);
  if (!version) return undefined;
  const code = encode(version);
  if (codes.size >= MOST_CODES) codes.clear();
  codes.set(text, code);
  return code;
};

/** Throws `RangeError` when `text` is no version. */
export const versionCode = (text: string): VersionCode => {
  const code = readVersion(text);
  if (code === undefined) throw new RangeError(`not a macOS version: ${JSON.stringify(text)}`);
  return code;
};

/** The lowest version of the major that `code` belongs to; before 11, the first two numbers are the major. */
export const majorCode = (code: VersionCode): VersionCode => {
  const step = Math.floor(code / FIRST) === 10 ? PART : FIRST;
  return Math.floor(code / step) * step;
};

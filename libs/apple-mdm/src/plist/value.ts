import type { Instant } from '@managed-os/kernel';

/**
 * A property list's value, each kind by its own type, so that nothing is lost on the way in or out:
 * `<integer>` is a bigint, `<real>` a number, `<data>` bytes, `<date>` an instant in a box, `<dict>` a map in document order.
 */
export type PlistValue =
  string | bigint | number | boolean | Uint8Array | PlistDate | readonly PlistValue[] | PlistDict;

export interface PlistDate {
  readonly date: Instant;
}

export type PlistDict = ReadonlyMap<string, PlistValue>;

export const isDict = (value: PlistValue | undefined): value is PlistDict => value instanceof Map;

export const isArray = (value: PlistValue | undefined): value is readonly PlistValue[] => Array.isArray(value);

export const isData = (value: PlistValue | undefined): value is Uint8Array => value instanceof Uint8Array;

export const isDate = (value: PlistValue | undefined): value is PlistDate =>
  typeof value === 'object' && 'date' in value;

/** A dictionary of the entries that are there; `undefined` leaves a key out. */
export const dict = (entries: Readonly<Record<string, PlistValue | undefined>>): PlistDict =>
  new Map(Object.entries(entries).filter((entry): entry is [string, PlistValue] => entry[1] !== undefined));

const UNWELL = /[\0\p{Surrogate}]/gu;

/** Text that any store can hold: NUL and lone surrogates become U+FFFD. */
export const wellFormed = (text: string): string =>
  text.isWellFormed() && !text.includes('\0') ? text : text.replace(UNWELL, '\uFFFD');

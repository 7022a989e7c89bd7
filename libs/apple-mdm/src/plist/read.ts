import type { Instant } from '@managed-os/kernel';
import { pointer, Refused } from './refusal.js';
import { isArray, isData, isDate, isDict, type PlistDict, type PlistValue } from './value.js';

/** Lenient readers: `undefined` when the key is missing or holds another kind of value. */
export const textAt = (from: PlistDict, key: string): string | undefined => {
  const value = from.get(key);
  return typeof value === 'string' ? value : undefined;
};

export const flagAt = (from: PlistDict, key: string): boolean | undefined => {
  const value = from.get(key);
  return typeof value === 'boolean' ? value : undefined;
};

/** A finite number, written as a real or as an integer. */
export const numberAt = (from: PlistDict, key: string): number | undefined => {
  const value = from.get(key);
  const number = typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
};

export const dateAt = (from: PlistDict, key: string): Instant | undefined => {
  const value = from.get(key);
  return isDate(value) ? value.date : undefined;
};

/** A dictionary without keys where there is none. */
export const dictAt = (from: PlistDict, key: string): PlistDict => {
  const value = from.get(key);
  return isDict(value) ? value : new Map();
};

/** The dictionaries of an array; whatever else it holds is left out. */
export const dictsAt = (from: PlistDict, key: string): readonly PlistDict[] => {
  const value = from.get(key);
  return isArray(value) ? value.filter(isDict) : [];
};

/** Strict readers, for what a message cannot do without or must not be misread: a wrong kind of value is refused. */
export const rootDict = (value: PlistValue): PlistDict => (isDict(value) ? value : wrong('', 'a dictionary'));

export const needText = (from: PlistDict, key: string): string => optionalText(from, key) ?? missing(key);

export const optionalText = (from: PlistDict, key: string): string | undefined => {
  const value = from.get(key);
  return value === undefined || typeof value === 'string' ? value : wrong(key, 'text');
};

export const needData = (from: PlistDict, key: string): Uint8Array => {
  const value = optionalData(from, key);
  return value !== undefined && value.length > 0 ? value : missing(key);
};

export const optionalData = (from: PlistDict, key: string): Uint8Array | undefined => {
  const value = from.get(key);
  return value === undefined || isData(value) ? value : wrong(key, 'data');
};

export const needDicts = (from: PlistDict, key: string): readonly PlistDict[] => {
  const value = from.get(key);
  if (value === undefined) return missing(key);
  return isArray(value)
    ? value.map((item, i) => (isDict(item) ? item : wrong(key, 'a dictionary', i)))
    : wrong(key, 'an array');
};

export const needDict = (from: PlistDict, key: string): PlistDict => {
  const value = from.get(key);
  return value === undefined ? missing(key) : isDict(value) ? value : wrong(key, 'a dictionary');
};

const missing = (key: string): never => {
  throw new Refused({ code: 'missing-key', path: pointer([key]), detail: `${key} is required` });
};

const wrong = (key: string, kind: string, index?: number): never => {
  const path = key === '' ? [] : index === undefined ? [key] : [key, index];
  throw new Refused({ code: 'wrong-type', path: pointer(path), detail: `expected ${kind}` });
};

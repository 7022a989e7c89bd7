import { isArray, isObject, type Json, type JsonObject } from './value.js';

/** Lenient readers: `undefined` when the key is missing or holds another kind of value. */
export const memberOf = (from: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(from, key) ? from[key] : undefined;

export const textAt = (from: JsonObject, key: string): string | undefined => {
  const value = memberOf(from, key);
  return typeof value === 'string' ? value : undefined;
};

export const flagAt = (from: JsonObject, key: string): boolean | undefined => {
  const value = memberOf(from, key);
  return typeof value === 'boolean' ? value : undefined;
};

export const numberAt = (from: JsonObject, key: string): number | undefined => {
  const value = memberOf(from, key);
  return typeof value === 'number' ? value : undefined;
};

/** An object without members where there is none. */
export const objectAt = (from: JsonObject, key: string): JsonObject => {
  const value = memberOf(from, key);
  return isObject(value) ? value : {};
};

/** The objects of an array; whatever else it holds is left out. */
export const objectsAt = (from: JsonObject, key: string): readonly JsonObject[] => {
  const value = memberOf(from, key);
  return isArray(value) ? value.filter(isObject) : [];
};

/** The texts of an array; whatever else it holds is left out. */
export const textsAt = (from: JsonObject, key: string): readonly string[] => {
  const value = memberOf(from, key);
  return isArray(value) ? value.filter((item) => typeof item === 'string') : [];
};

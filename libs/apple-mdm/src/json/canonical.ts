import { isArray, isObject, type Json } from './value.js';

/**
 * The one text of a value, whatever order its keys came in: sorted by UTF-16 code units, without spaces, numbers as
 * ECMAScript writes them (RFC 8785). Two values are the same when their texts are.
 */
export const canonicalJson = (value: Json): string => {
  if (isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join()}}`;
};

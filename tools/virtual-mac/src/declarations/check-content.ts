import { isBelow } from '@managed-os/kernel';
import type { Mac } from '../fleet.js';
import { isJsonDict, isList, type Json, type JsonDict } from '../json.js';
import type { Declaration, Item } from './declaration.js';
import { FORMATS, isForEnrollment, type Keys, type PayloadKey, typeOf } from './schema.js';

/** An entry of a declaration's `reasons` in a status report. */
export interface Reason {
  readonly code: string;
  readonly description?: string;
  readonly details?: JsonDict;
}

export const naming = ({ identifier, serverToken }: Item): JsonDict => ({
  Identifier: identifier,
  ServerToken: serverToken,
});

/** Why this Mac, on its present version, cannot take what a declaration says; `undefined` when it can. */
export const faultIn = (mac: Mac, osVersion: string, declaration: Declaration): Reason | undefined => {
  const { content } = declaration;
  if (!content) return { code: 'Error.InvalidPayload', details: naming(declaration) };
  const type = typeOf(content.type, osVersion);
  if (type?.kind !== declaration.kind) {
    return { code: 'Error.UnknownDeclarationType', details: { UnknownDeclarationType: content.type } };
  }
  if (!isForEnrollment(mac, type)) return { code: 'Error.ConfigurationNotSupported', details: naming(declaration) };
  const unknown = unknownKeys(content.payload, type.keys, '', osVersion);
  if (unknown.length > 0) return { code: 'Error.UnknownPayloadKeys', details: { UnknownPayloadKeys: unknown } };
  const mistake = mistakeIn(content.payload, type.keys, '');
  if (mistake === undefined) return undefined;
  return declaration.kind === 'configuration'
    ? { code: mistake.code, details: { Error: mistake.text } }
    : { code: 'Error.InvalidPayload', details: naming(declaration) };
};

/** Key paths that are not in the schema of this version: they are refused, not ignored. */
const unknownKeys = (payload: JsonDict, keys: Keys, at: string, osVersion: string): readonly string[] => {
  if (keys === 'any') return [];
  return Object.entries(payload).flatMap(([name, value]) => {
    const path = at === '' ? name : `${at}.${name}`;
    const key = Object.hasOwn(keys, name) ? keys[name] : undefined;
    if (!key || isBelow(osVersion, key.introduced ?? '0')) return [path];
    return dictsIn(value).flatMap((inner) => unknownKeys(inner, key.keys ?? 'any', path, osVersion));
  });
};

const dictsIn = (value: Json): readonly JsonDict[] =>
  isJsonDict(value) ? [value] : isList(value) ? value.filter(isJsonDict) : [];

interface Mistake {
  readonly code: 'Error.ConfigurationCannotBeDeserialized' | 'Error.ConfigurationIsInvalid';
  readonly text: string;
}

const undecodable = (text: string): Mistake => ({ code: 'Error.ConfigurationCannotBeDeserialized', text });
const invalid = (text: string): Mistake => ({ code: 'Error.ConfigurationIsInvalid', text });

const mistakeIn = (payload: JsonDict, keys: Keys, at: string): Mistake | undefined => {
  if (keys === 'any') return undefined;
  for (const [name, key] of Object.entries(keys)) {
    const path = at === '' ? name : `${at}.${name}`;
    const value = payload[name];
    if (value === undefined && key.required) return undecodable(`${path} is missing`);
    const mistake = value === undefined ? undefined : mistakeInValue(value, key, path);
    if (mistake) return mistake;
  }
  return undefined;
};

const mistakeInValue = (value: Json, key: PayloadKey, path: string): Mistake | undefined => {
  if (!hasType(value, key.type)) return undecodable(`${path} is not of the right type`);
  if (typeof value === 'string' && key.values && !key.values.includes(value)) {
    return invalid(`${path}: ${value} is not one of ${key.values.join(', ')}`);
  }
  if (typeof value === 'string' && key.format && !FORMATS[key.format](value)) {
    return invalid(`${path}: ${value} is no ${key.format}`);
  }
  const [least, most] = key.range ?? [-Infinity, Infinity];
  if (typeof value === 'number' && (value < least || value > most)) {
    return invalid(`${path}: ${value} is not from ${least} to ${most}`);
  }
  return dictsIn(value)
    .map((inner) => mistakeIn(inner, key.keys ?? 'any', path))
    .find((mistake) => mistake !== undefined);
};

const hasType = (value: Json, type: PayloadKey['type']): boolean => {
  switch (type) {
    case 'text':
      return typeof value === 'string';
    case 'flag':
      return typeof value === 'boolean';
    case 'whole':
      return Number.isInteger(value);
    case 'texts':
      return isList(value) && value.every((entry) => typeof entry === 'string');
    case 'dict':
      return isJsonDict(value);
    case 'dicts':
      return isList(value) && value.every(isJsonDict);
    case 'anything':
      return true;
  }
};

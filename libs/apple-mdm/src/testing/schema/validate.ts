import { compareVersions } from '@managed-os/kernel';
import { isArray, isDict, type PlistValue } from '../../plist/value.js';
import type { Fact, Facts, FactType, MessageFacts, Support } from './facts.js';

/** A Mac that a message is for, on its device channel. */
export interface Recipient {
  readonly version: string;
  readonly supervised: boolean;
}

/** Whether a Mac has what is supported so. */
export const isSupported = (on: Support | undefined, { version, supervised }: Recipient): boolean =>
  (on?.introduced === undefined || compareVersions(version, on.introduced) >= 0) &&
  (on?.removed === undefined || compareVersions(version, on.removed) < 0) &&
  on?.deviceChannel !== false &&
  (supervised || !(on?.supervised || on?.enrollments?.every((enrollment) => enrollment === 'supervised')));

/** What a plist and a JSON value have in common. */
export type Plain = unknown;

/** A property list as plain objects; its integers stay bigints. */
export const plainOf = (value: PlistValue): Plain => {
  if (isDict(value)) return Object.fromEntries([...value].map(([key, item]) => [key, plainOf(item)]));
  return isArray(value) ? value.map(plainOf) : value;
};

/** What is wrong with a message for this Mac by Apple's schema; empty when nothing is. */
export const faultsOfMessage = (facts: MessageFacts, value: Plain, mac: Recipient): readonly string[] => [
  ...(isSupported(facts.on, mac) ? [] : [`not for macOS ${mac.version}${mac.supervised ? '' : ', unsupervised'}`]),
  ...faultsOf({ type: 'dictionary', keys: facts.keys }, value, mac, ''),
];

const faultsOf = (fact: Fact, value: Plain, mac: Recipient, path: string): readonly string[] => {
  if (!isOf(fact.type, value)) return [`${path}: no ${fact.type}`];
  if (fact.values && !fact.values.some((allowed) => allowed === (typeof value === 'bigint' ? Number(value) : value)))
    return [`${path}: not one of ${fact.values.join()}`];
  if (fact.range && (Number(value) < fact.range[0] || Number(value) > fact.range[1]))
    return [`${path}: not in ${fact.range.join()}`];
  if (fact.format !== undefined && !new RegExp(fact.format).test(String(value)))
    return [`${path}: not like ${fact.format}`];
  if (fact.choices) {
    const choice = fact.choices[String(value)];
    return choice && isSupported(choice, mac) ? [] : [`${path}: no ${String(value)} on macOS ${mac.version}`];
  }
  const { items, keys } = fact;
  if (items && Array.isArray(value))
    return value.flatMap((item, index) => faultsOf(items, item, mac, `${path}/${index}`));
  return keys && isRecord(value) ? faultsOfKeys(keys, value, mac, path) : [];
};

const faultsOfKeys = (keys: Facts, value: Readonly<Record<string, Plain>>, mac: Recipient, path: string) => [
  ...Object.entries(value).flatMap(([key, item]) => {
    const fact = keys[key] ?? keys['ANY'];
    if (!fact) return [`${path}/${key}: unknown`];
    return isSupported(fact.on, mac)
      ? faultsOf(fact, item, mac, `${path}/${key}`)
      : [`${path}/${key}: not on macOS ${mac.version}`];
  }),
  ...Object.entries(keys)
    .filter(([key, fact]) => key !== 'ANY' && fact.required && isSupported(fact.on, mac) && !(key in value))
    .map(([key]) => `${path}/${key}: missing`),
];

const isRecord = (value: Plain): value is Readonly<Record<string, Plain>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

const isInteger = (value: Plain): boolean => typeof value === 'bigint' || Number.isInteger(value);

const isOf = (type: FactType, value: Plain): boolean => {
  switch (type) {
    case 'string':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
    case 'integer':
      return isInteger(value);
    case 'real':
      return typeof value === 'number' || typeof value === 'bigint';
    case 'data':
      return value instanceof Uint8Array;
    case 'date':
      return typeof value === 'string' || (isRecord(value) && 'date' in value);
    case 'array':
      return Array.isArray(value);
    case 'dictionary':
      return isRecord(value);
    case 'any':
      return true;
  }
};

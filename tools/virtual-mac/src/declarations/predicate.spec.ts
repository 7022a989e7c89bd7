import { describe, expect, it } from '@jest/globals';
import type { Json } from '../json.js';
import { evaluate } from './predicate.js';

const STATUS: Readonly<Record<string, Json>> = {
  'device.model.family': 'Mac',
  'device.operating-system.version': '26.10',
  'softwareupdate.failure-reason': { count: 0 },
};
const PROPERTIES: Readonly<Record<string, Json>> = { shard: 17, ring: 'canary', rings: ['canary', 'early'], vip: true };
const known = { status: (name: string) => STATUS[name], property: (name: string) => PROPERTIES[name] ?? null };

describe('the predicate of an activation (4.1)', () => {
  it.each([
    ["(@status(device.model.family) == 'Mac')", true],
    ['@property(shard) <= 25', true],
    ['@property(shard) <= 25 AND @property(ring) != "canary"', false],
    ["@property(ring) IN {'canary', 'early'} && NOT @property(shard) > 20", true],
    ["@property(rings) CONTAINS 'early' or FALSEPREDICATE", true],
    ["@property(ring) BEGINSWITH[c] 'can'", true],
    ['@property(vip) == TRUE', true],
    ['!(@property(shard) = 17) || @property(shard) <> 17', false],
    ['@property(nobody) == nil', true],
    ['@property(nobody) > 3', false],
    ['TRUEPREDICATE', true],
    // Trap 32: versions are texts here.
    ["@status(device.operating-system.version) < '26.6'", true],
  ])('%s is %s', (predicate, expected) => expect(evaluate(predicate, known)).toBe(expected));

  it.each([
    '',
    'shard <= 25',
    '@property(shard <= 25',
    '@property(shard) <=',
    '@property(shard) 25',
    "(@property(ring) == 'canary'",
    "@property(ring) == 'canary') AND TRUEPREDICATE",
    '@property(shard) ~ 3',
    "@property(ring) IN {'canary' 'early'}",
    'AND',
  ])('%j cannot be parsed', (predicate) => expect(evaluate(predicate, known)).toBe('cannot-be-parsed'));

  it.each([
    "@status(device.shoe-size) == 'L'",
    "@property(shard) < '25'",
    '@status(softwareupdate.failure-reason) < 2',
  ])('%s cannot be evaluated', (predicate) => expect(evaluate(predicate, known)).toBe('cannot-be-evaluated'));
});

import { describe, expect, it } from '@jest/globals';
import { type Instant, instant, toMillis } from '@managed-os/kernel';
import createBinary, { Real } from 'bplist-creator';
import fc from 'fast-check';
import { build, parse } from 'plist';
import { parsePlist } from './parse.js';
import { isArray, isData, isDate, isDict, type PlistValue } from './value.js';
import { writePlist } from './write.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (body: Uint8Array): PlistValue => {
  const parsed = parsePlist(body);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.refusal));
  return parsed.value;
};

// Characters that XML can hold; the writer replaces the others.
const text = fc.string({ unit: 'binary', maxLength: 12 }).filter((s) => !/[\0-\x1f\ufffe\uffff\p{Surrogate}]/u.test(s));
const second = fc.integer({ min: 0, max: 4_102_444_800 }).map((s): PlistValue => ({ date: instant(s * 1000) }));

const values = fc.letrec<{ value: PlistValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.uint8Array({ maxLength: 20 }),
    second,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(text, tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
  ),
})).value;

/** A value as the reference libraries have it: numbers without their kinds, dates as `Date`, dictionaries as objects. */
const loose = (value: unknown): unknown => {
  const known = value as PlistValue;
  if (typeof known === 'bigint') return Number(known);
  if (isData(known)) return Buffer.from(known).toString('base64');
  if (value instanceof Date) return value.toISOString();
  if (isDict(known)) return Object.fromEntries([...known].map(([key, item]) => [key, loose(item)]));
  if (isArray(known)) return known.map(loose);
  if (typeof known === 'object' && isDate(known)) return known.date;
  if (typeof known === 'object')
    return Object.fromEntries(Object.entries(known).map(([key, item]) => [key, loose(item)]));
  return value;
};

describe('against the libraries that everybody uses', () => {
  it('reads what it wrote, to the last bit', () =>
    fc.assert(
      fc.property(values, (value) => expect(read(bytes(writePlist(value)))).toEqual(value)),
      { seed: 1 },
    ));

  it('reads generated documents as `plist` does', () =>
    fc.assert(
      fc.property(values, (value) => {
        const document = writePlist(value);
        expect(loose(read(bytes(document)))).toEqual(loose(parse(document)));
      }),
      { seed: 2 },
    ));

  it('reads what `plist` writes', () =>
    fc.assert(
      fc.property(
        fc.dictionary(
          text.filter((key) => key !== '__proto__'),
          fc.oneof(
            text,
            fc.boolean(),
            fc.integer(),
            fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }),
          ),
        ),
        (object) => {
          const whole = Object.fromEntries(
            Object.entries(object).map(([k, v]) => [
              k,
              v instanceof Date ? new Date(Math.floor(v.getTime() / 1000) * 1000) : v,
            ]),
          );
          expect(loose(read(bytes(build(whole))))).toEqual(loose(whole));
        },
      ),
      { seed: 3 },
    ));

  it('reads binary documents as `bplist-creator` wrote them', () => {
    const native = (value: PlistValue): unknown => {
      if (typeof value === 'bigint') return Number(BigInt.asIntN(32, value));
      if (typeof value === 'number') return new Real(value);
      if (isData(value)) return Buffer.from(value);
      if (isDict(value)) return Object.fromEntries([...value].map(([key, item]) => [key, native(item)]));
      if (isArray(value)) return value.map(native);
      if (typeof value === 'object') return new Date(toMillis((value as { date: Instant }).date));
      return value;
    };
    const plain = (value: unknown): unknown =>
      value instanceof Real
        ? value.value
        : Array.isArray(value)
          ? value.map(plain)
          : Buffer.isBuffer(value)
            ? value.toString('base64')
            : value instanceof Date
              ? value.toISOString()
              : typeof value === 'object' && value !== null
                ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]))
                : value;
    fc.assert(
      fc.property(fc.array(values, { maxLength: 3 }), (list) => {
        const root = { list: list.map(native) };
        // 0 and -0 are one integer.
        const same = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;
        expect(same(loose(read(createBinary(root))))).toEqual(same(plain(root)));
      }),
      { seed: 4 },
    );
  });
});

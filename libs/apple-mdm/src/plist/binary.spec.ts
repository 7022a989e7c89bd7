import { describe, expect, it } from '@jest/globals';
import createBinary from 'bplist-creator';
import { parsePlist } from './parse.js';

/** A binary property list of the given objects; the first is the root, offsets and references take one byte. */
const binary = (...objects: readonly (readonly number[])[]): Uint8Array => {
  const head = [...Buffer.from('bplist00')];
  let at = head.length;
  const offsets = objects.map((object) => (at += object.length) - object.length);
  const trailer = [0, 0, 0, 0, 0, 0, 1, 1, ...long(objects.length), ...long(0), ...long(at)];
  return Uint8Array.from([...head, ...objects.flat(), ...offsets, ...trailer]);
};
const long = (value: number): readonly number[] => [
  0,
  0,
  0,
  0,
  (value >> 24) & 255,
  (value >> 16) & 255,
  (value >> 8) & 255,
  value & 255,
];
const TRUE = [0x09];
const code = (body: Uint8Array) => {
  const parsed = parsePlist(body);
  return parsed.ok ? parsed : parsed.refusal.code;
};

describe('a binary property list', () => {
  it('says the same as an XML one', () =>
    expect(
      parsePlist(
        createBinary({ Status: 'Idle', UDID: 'ü', Big: 2 ** 40, Half: 0.5, Yes: true, Bytes: Buffer.from([1]) }),
      ),
    ).toEqual({
      ok: true,
      value: new Map<string, unknown>([
        ['Status', 'Idle'],
        ['UDID', 'ü'],
        ['Big', 1099511627776n],
        ['Half', 0.5],
        ['Yes', true],
        ['Bytes', Uint8Array.of(1)],
      ]),
    }));

  it('keeps an integer that no double holds', () =>
    expect(parsePlist(binary([0x13, 0x7f, 255, 255, 255, 255, 255, 255, 255]))).toEqual({
      ok: true,
      value: 2n ** 63n - 1n,
    }));

  it('makes a lone surrogate readable', () =>
    expect(parsePlist(binary([0x61, 0xd8, 0x00]))).toEqual({ ok: true, value: '\uFFFD' }));

  it.each([
    ['nothing but its name', Uint8Array.from(Buffer.from('bplist00')), 'syntax'],
    ['another edition', Uint8Array.from(Buffer.concat([Buffer.from('bplist15'), Buffer.alloc(40)])), 'syntax'],
    ['a null', binary([0x00]), 'syntax'],
    ['a keyed archive', binary([0x80, 0x01]), 'syntax'],
    ['a set', binary([0xc0]), 'syntax'],
    ['text longer than the file', binary([0x5f, 0x12, 0x7f, 0xff, 0xff, 0xff]), 'syntax'],
    ['a reference to nowhere', binary([0xa1, 9]), 'syntax'],
    ['an array in itself', binary([0xa1, 0]), 'syntax'],
    ['a key that is a number', binary([0xd1, 1, 1], [0x10, 1]), 'syntax'],
    ['a key twice', binary([0xd2, 1, 1, 2, 2], [0x51, 0x61], TRUE), 'syntax'],
    ['a key that makes no key', binary([0xd1, 1, 2], [0x59, ...Buffer.from('__proto__')], TRUE), 'syntax'],
    ['a date that is none', binary([0x33, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0]), 'value'],
    [
      'a small file that unfolds to 3^30 values',
      binary(...Array.from({ length: 30 }, (_, i) => [0xa3, i + 1, i + 1, i + 1]), TRUE),
      'too-large',
    ],
    ['depth without end', binary(...Array.from({ length: 60 }, (_, i) => [0xa1, i + 1]), TRUE), 'too-deep'],
  ])('is refused: %s', (_, body, expected) => expect(code(body)).toBe(expected));
});

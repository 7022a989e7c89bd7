import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson } from './canonical.js';
import { JSON_LIMITS, parseJson } from './parse.js';
import type { Json } from './value.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const refusal = (body: Uint8Array | string) => {
  const parsed = parseJson(typeof body === 'string' ? bytes(body) : body);
  return parsed.ok ? parsed : { code: parsed.refusal.code, path: parsed.refusal.path };
};
const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

describe('JSON that a Mac sends', () => {
  it.each<[string, Json]>([
    ['{"a":[1,true,null,"x"]}', { a: [1, true, null, 'x'] }],
    ['\uFEFF{}', {}],
    ['"a\\u0000\\ud800b"', 'a\uFFFD\uFFFDb'],
    ['{"\\u0000":1}', { '\uFFFD': 1 }],
    ['"\\ud83c\\udf4f"', '🍏'],
    ['{"a":1,"a":2}', { a: 2 }],
  ])('%s', (text, value) => expect(parseJson(bytes(text))).toEqual({ ok: true, value }));

  it('a key called __proto__ is a key', () => {
    const parsed = parseJson(bytes('{"__proto__":{"active":true}}'));
    expect(parsed.ok && JSON.stringify(parsed.value)).toBe('{"__proto__":{"active":true}}');
    expect(parsed.ok && (parsed.value as { active?: unknown }).active).toBeUndefined();
  });

  it.each<[string, Uint8Array | string, { code: string; path: string }]>([
    ['nothing', '', { code: 'syntax', path: '' }],
    ['half an object', '{"a":', { code: 'syntax', path: '' }],
    ['no UTF-8', Uint8Array.of(0x22, 0xff, 0x22), { code: 'encoding', path: '' }],
    ['a number beyond numbers', '{"a":[0,1e999]}', { code: 'value', path: '/a/1' }],
    ['too many bytes', new Uint8Array(JSON_LIMITS.maxBytes + 1).fill(0x20), { code: 'too-large', path: '' }],
    ['too deep', nested(33), { code: 'too-deep', path: '' }],
    ['as deep as a body can be', nested(JSON_LIMITS.maxBytes / 2), { code: 'too-deep', path: '' }],
    ['too many values', `[${'{},'.repeat(JSON_LIMITS.maxValues / 2)}1]`, { code: 'too-large', path: '' }],
  ])('is refused: %s', (_, body, expected) => expect(refusal(body)).toEqual(expected));

  it('says where it stopped reading', () =>
    expect(parseJson(bytes(`"[\\"[" ${nested(33)}`))).toMatchObject({ refusal: { code: 'too-deep', offset: 39 } }));

  it.each([nested(32), `["${'['.repeat(40)}\\"${','.repeat(JSON_LIMITS.maxValues)}"]`])(
    'brackets and commas count outside of text only',
    (text) => expect(parseJson(bytes(text)).ok).toBe(true),
  );
});

describe('the one text of a value', () => {
  it('does not depend on the order of keys, and leaves nothing out', () => {
    expect(canonicalJson({ b: [1, { d: 2, c: null }], a: 'é"' })).toBe('{"a":"é\\"","b":[1,{"c":null,"d":2}]}');
    expect(canonicalJson({ '10': 1, '9': 2, Z: 3, a: 4 })).toBe('{"10":1,"9":2,"Z":3,"a":4}');
  });

  it('is the same for the same value and another for another (any JSON)', () => {
    const reversed = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(reversed)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(
              Object.entries(value)
                .reverse()
                .map(([key, item]) => [key, reversed(item)]),
            )
          : value;
    const json = fc.jsonValue().map((value) => parseJson(bytes(JSON.stringify(value))));
    fc.assert(
      fc.property(json, json, (a, b) => {
        if (!a.ok || !b.ok) return;
        expect(canonicalJson(reversed(a.value) as Json)).toBe(canonicalJson(a.value));
        expect(JSON.parse(canonicalJson(a.value))).toEqual(JSON.parse(JSON.stringify(a.value)));
        if (canonicalJson(a.value) === canonicalJson(b.value)) expect(a.value).toEqual(b.value);
      }),
      { seed: 4, numRuns: 500 },
    );
  });
});

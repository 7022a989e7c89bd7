import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { parsePmv } from './pmv.js';
import { capturedAt, parsePmvCapture } from './pmv-capture.js';
import { asset, pmvText } from './testing/pmv-text.js';

const text = pmvText([asset('26.2', '25C56')], [asset('26.1', '25B78')]);
const packed = gzipSync(text);
const bytes = (of: string): Uint8Array => new TextEncoder().encode(of);
const broken = (at: number): Uint8Array => packed.map((byte, i) => (i === packed.length + at ? byte ^ 1 : byte));

const reasonOf = async (of: Uint8Array, largest?: number): Promise<string> => {
  const parsed = await parsePmvCapture(of, largest);
  return parsed.ok ? 'taken' : parsed.refusal.reason;
};

describe('a captured response', () => {
  it.each([
    ['2025-09-15T1804Z.json.gz', '2025-09-15T18:04:00.000Z'],
    ['2025-09-15T180459Z.json', '2025-09-15T18:04:59.000Z'],
    ['2025-09-15T2504Z.json', undefined],
    ['2025-02-31T1804Z.json.txt', undefined],
    ['README.md', undefined],
  ])('%s was made at %s', (name, expected) => expect(capturedAt(name)).toBe(expected));

  it('is read plain and compressed', async () => {
    expect(await parsePmvCapture(bytes(text))).toEqual(parsePmv(text));
    expect(await parsePmvCapture(packed)).toEqual(parsePmv(text));
    expect(await parsePmvCapture(bytes(`\ufeff${text}`))).toEqual(parsePmv(text));
  });

  it.each([
    ['that was cut off', packed.subarray(0, packed.length - 9), 'truncated'],
    ['of which there is a beginning only', packed.subarray(0, 5), 'truncated'],
    ['whose sum is wrong', broken(-6), 'malformed'],
    ['that is none behind its first bytes', new Uint8Array([0x1f, 0x8b, ...bytes('not compressed')]), 'malformed'],
    ['with something behind it', new Uint8Array([...packed, 1, 2]), 'malformed'],
    ['without anything in it', gzipSync(''), 'empty'],
  ])('X14 refuses gzip %s', async (_, of, reason) => expect(await reasonOf(of)).toBe(reason));

  it.each([
    ['no bytes', new Uint8Array(), 'empty'],
    ['bytes that are no UTF-8', new Uint8Array([0x7b, 0xff, 0xfe]), 'malformed'],
    ['half of a body', bytes(text.slice(0, 90)), 'truncated'],
  ])('X14 refuses %s', async (_, of, reason) => expect(await reasonOf(of)).toBe(reason));

  it('X14 unpacks no more than a response may have', async () => {
    const bomb = gzipSync(Buffer.alloc(4 << 20, ' '));
    expect(bomb.length).toBeLessThan(10_000);
    expect(await reasonOf(bomb, 1 << 20)).toBe('too_large');
    expect(await reasonOf(bytes(text), 10)).toBe('too_large');
  });
});

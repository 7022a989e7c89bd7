import { Refused } from './refusal.js';

const TRAILER = 32;
const MAGIC = 8;

/** What unfolds below an object: how many values, and how deep. */
interface Extent {
  readonly values: number;
  readonly height: number;
}

/**
 * Proves that a binary property list can be read in bounded time, depth and memory before a library does it: every
 * object lies inside the file, none contains itself, keys are text and distinct, and the document unfolds to at most
 * `maxValues` values (objects may be shared, so a small file can stand for a huge document). Throws `Refused`.
 */
export const proveBounded = (bytes: Buffer, maxDepth: number, maxValues: number): void => {
  const table = new ObjectTable(bytes);
  const known = new Map<number, Extent>();
  const open = new Set<number>();

  const measure = (ref: number, depth: number): Extent => {
    const seen = known.get(ref);
    if (depth + (seen?.height ?? 0) > maxDepth) refuse(0, `nested deeper than ${maxDepth}`, 'too-deep');
    if (seen) return seen;
    if (open.has(ref)) refuse(0, 'an object contains itself');
    open.add(ref);
    let [values, height] = [1, 0];
    for (const child of table.childrenOf(ref)) {
      const below = measure(child, depth + 1);
      values += below.values;
      height = Math.max(height, below.height + 1);
      if (values > maxValues) refuse(0, `unfolds to more than ${maxValues} values`, 'too-large');
    }
    open.delete(ref);
    const extent = { values, height };
    known.set(ref, extent);
    return extent;
  };
  measure(table.top, 0);
};

const refuse = (offset: number, detail: string, code: 'syntax' | 'too-deep' | 'too-large' = 'syntax'): never => {
  throw new Refused({ code, path: '', offset, detail });
};

class ObjectTable {
  readonly top: number;
  private readonly count: number;
  private readonly offsetSize: number;
  private readonly refSize: number;
  /** Where the objects end and their offsets begin. */
  private readonly end: number;

  constructor(private readonly bytes: Buffer) {
    const trailer = bytes.length - TRAILER;
    if (trailer < MAGIC || !bytes.subarray(0, MAGIC).equals(Buffer.from('bplist00'))) refuse(0, 'not bplist00');
    this.offsetSize = bytes.readUInt8(trailer + 6);
    this.refSize = bytes.readUInt8(trailer + 7);
    this.count = this.unsigned(trailer + 8, 8);
    this.top = this.unsigned(trailer + 16, 8);
    this.end = this.unsigned(trailer + 24, 8);
    const sizes = [this.offsetSize, this.refSize].every((size) => size >= 1 && size <= 4);
    if (!sizes || this.end < MAGIC || this.end + this.count * this.offsetSize > trailer)
      refuse(trailer, 'a broken trailer');
  }

  /** The objects a container refers to; none for a plain value. */
  childrenOf(ref: number): readonly number[] {
    const offset = this.offsetOf(ref);
    const marker = this.bytes.readUInt8(offset);
    const [kind, info] = [marker >> 4, marker & 0x0f];
    switch (kind) {
      case 0x0:
        return marker === 0x08 || marker === 0x09 ? [] : refuse(offset, 'a null is not a value');
      case 0x1:
        return info <= 4 ? this.leaf(offset, 1 + 2 ** info) : refuse(offset, 'an integer of an odd size');
      case 0x2:
        return info === 2 || info === 3 ? this.leaf(offset, 1 + 2 ** info) : refuse(offset, 'a real of an odd size');
      case 0x3:
        return info === 3 ? this.leaf(offset, 9) : refuse(offset, 'a date of an odd size');
      case 0x4:
      case 0x5:
      case 0x6: {
        const { from, length } = this.sized(offset, info);
        return this.leaf(offset, from - offset + length * (kind === 0x6 ? 2 : 1));
      }
      case 0xa: {
        const { from, length } = this.sized(offset, info);
        return this.refs(offset, from, length);
      }
      case 0xd: {
        const { from, length } = this.sized(offset, info);
        this.provedKeys(offset, this.refs(offset, from, length));
        return this.refs(offset, from, 2 * length);
      }
      default:
        return refuse(offset, 'not a kind of value that a property list has');
    }
  }

  private provedKeys(offset: number, keys: readonly number[]): void {
    const texts = keys.map((ref) => this.keyAt(this.offsetOf(ref)));
    if (new Set(texts).size !== texts.length) refuse(offset, 'a key appears twice');
  }

  private keyAt(offset: number): string {
    const marker = this.bytes.readUInt8(offset);
    const wide = marker >> 4 === 0x6;
    if (!wide && marker >> 4 !== 0x5) refuse(offset, 'a key that is not text');
    const { from, length } = this.sized(offset, marker & 0x0f);
    this.leaf(offset, from - offset + length * (wide ? 2 : 1));
    const text = wide
      ? Buffer.from(this.bytes.subarray(from, from + 2 * length))
          .swap16()
          .toString('utf16le')
      : this.bytes.toString('utf8', from, from + length);
    // The library builds plain objects, in which this name does not make a key.
    return text === '__proto__' ? refuse(offset, 'a key that cannot be read') : text;
  }

  private refs(offset: number, from: number, count: number): readonly number[] {
    this.leaf(offset, from - offset + count * this.refSize);
    return Array.from({ length: count }, (_, i) => this.unsigned(from + i * this.refSize, this.refSize));
  }

  private leaf(offset: number, size: number): readonly number[] {
    return offset + size <= this.end ? [] : refuse(offset, 'a value is cut off');
  }

  /** Length of a string, data or container: in the marker, or in an integer that follows it. */
  private sized(offset: number, info: number): { readonly from: number; readonly length: number } {
    if (info !== 0x0f) return { from: offset + 1, length: info };
    this.leaf(offset, 2);
    const marker = this.bytes.readUInt8(offset + 1);
    const size = 2 ** (marker & 0x0f);
    if (marker >> 4 !== 0x1 || size > 8) refuse(offset, 'a length that is not an integer');
    this.leaf(offset, 2 + size);
    return { from: offset + 2 + size, length: this.unsigned(offset + 2, size) };
  }

  private offsetOf(ref: number): number {
    if (ref >= this.count) refuse(0, 'a reference to an object that is not there');
    const offset = this.unsigned(this.end + ref * this.offsetSize, this.offsetSize);
    return offset >= MAGIC && offset < this.end ? offset : refuse(offset, 'an object outside the file');
  }

  private unsigned(at: number, size: number): number {
    let value = 0;
    for (let i = at; i < at + size; i++) value = value * 256 + (this.bytes[i] ?? 0);
    return value;
  }
}

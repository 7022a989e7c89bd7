import { type Instant, toMillis } from '@managed-os/kernel';

/** How an element of an array stands in PostgreSQL's binary format. */
export interface Element<T> {
  readonly oid: number;
  size(value: T): number;
  write(value: T, into: Buffer, at: number): void;
}

const characters = (oid: number): Element<string> => ({
  oid,
  size: (value) => Buffer.byteLength(value),
  write: (value, into, at) => void into.write(value, at),
});

export const TEXT = characters(25);
export const JSON_TEXT = characters(114);

export const BIGINT: Element<bigint> = {
  oid: 20,
  size: () => 8,
  write: (value, into, at) => void into.writeBigInt64BE(value, at),
};

export const BOOLEAN: Element<boolean> = {
  oid: 16,
  size: () => 1,
  write: (value, into, at) => void into.writeUInt8(Number(value), at),
};

/** Of the shape that `isUuid` knows. */
export const UUID: Element<string> = {
  oid: 2950,
  size: () => 16,
  write: (value, into, at) => void into.write(value.replaceAll('-', ''), at, 'hex'),
};

const EPOCH_2000 = 946_684_800_000;

export const TIMESTAMPTZ: Element<Instant> = {
  oid: 1184,
  size: () => 8,
  write: (value, into, at) => BIGINT.write(BigInt(toMillis(value) - EPOCH_2000) * 1_000n, into, at),
};

const HEAD = 12;
const DIMENSION = 8;
const NULL = -1;

/** An array as a parameter: as text, every quote in it would be escaped here and unescaped there. */
export const arrayOf = <T>(element: Element<T>, values: readonly (T | null)[]): Buffer => {
  const sizes = values.map((value) => (value === null ? NULL : element.size(value)));
  const isEmpty = values.length === 0;
  const length = sizes.reduce((sum, size) => sum + 4 + Math.max(0, size), HEAD + (isEmpty ? 0 : DIMENSION));
  const buffer = Buffer.allocUnsafe(length);
  buffer.writeInt32BE(isEmpty ? 0 : 1, 0);
  buffer.writeInt32BE(values.includes(null) ? 1 : 0, 4);
  buffer.writeInt32BE(element.oid, 8);
  if (isEmpty) return buffer;
  buffer.writeInt32BE(values.length, HEAD);
  buffer.writeInt32BE(1, HEAD + 4); // the first index
  let at = HEAD + DIMENSION;
  for (const [index, value] of values.entries()) {
    const size = sizes[index] ?? NULL;
    buffer.writeInt32BE(size, at);
    at += 4;
    if (value === null) continue;
    element.write(value, buffer, at);
    at += size;
  }
  return buffer;
};

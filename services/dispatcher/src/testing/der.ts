/** Enough of DER, and of BER of indefinite length, to write what Macs and authorities write. */

const LENGTH_KNOWN = 128;

export const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  const hex = content.length.toString(16);
  const size = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  const length = content.length < LENGTH_KNOWN ? size : Buffer.of(0x80 | size.length, ...size);
  return Buffer.concat([Buffer.of(tag), length, content]);
};

/** Of indefinite length, as Macs sign. */
export const ber = (tag: number, ...parts: readonly Uint8Array[]): Buffer =>
  Buffer.concat([Buffer.of(tag, 0x80), ...parts, Buffer.of(0, 0)]);

export const [SEQUENCE, SET, OCTETS, FIRST, FOURTH] = [0x30, 0x31, 0x04, 0xa0, 0xa3];

export const integer = (value: number): Buffer => der(0x02, Buffer.of(...(value < 0x80 ? [value] : [0, value])));
export const bits = (bytes: Uint8Array): Buffer => der(0x03, Buffer.of(0), bytes);
export const yes = der(0x01, Buffer.of(0xff));
export const nothing = der(0x05);
export const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text));
export const time = (iso: string): Buffer => der(0x17, Buffer.from(`${iso.replace(/\D/g, '').slice(2, 14)}Z`));

export const oid = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const base128 = (value: number, more = 0): number[] =>
    value < 0x80 ? [value | more] : [...base128(value >>> 7, 0x80), (value & 0x7f) | more];
  return der(0x06, Buffer.of(first * 40 + second, ...rest.flatMap((part) => base128(part))));
};

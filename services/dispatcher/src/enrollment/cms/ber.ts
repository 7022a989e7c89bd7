import * as asn1 from 'asn1js';

/** Bytes that are not the structure they should be. */
export class Malformed extends Error {
  override readonly name = 'Malformed';
  readonly code = 'malformed';
}

export type Block = asn1.BaseBlock;

/** The structure in these bytes, of indefinite length or not, as Macs send it. Bounded in depth and number; throws `Malformed`. */
export const blockOf = (bytes: Uint8Array): Block => {
  const { offset, result } = readBlock(bytes);
  if (offset === -1) throw new Malformed(result.error);
  return result;
};

/** What the library finds wrong it answers, mostly; some hostile bytes it does not foresee. */
const readBlock = (bytes: Uint8Array): ReturnType<typeof asn1.fromBER> => {
  try {
    return asn1.fromBER(bytes);
  } catch (cause) {
    throw new Malformed('not ASN.1', { cause });
  }
};

export const childrenOf = (block: Block | undefined): readonly Block[] => {
  if (block instanceof asn1.Constructed) return block.valueBlock.value;
  throw new Malformed('not constructed');
};

export const isSequence = (block: Block | undefined): boolean => block instanceof asn1.Sequence;

export const oidOf = (block: Block | undefined): string => {
  if (block instanceof asn1.ObjectIdentifier) return block.valueBlock.toString();
  throw new Malformed('no object identifier');
};

export const numberOf = (block: Block | undefined): bigint => {
  if (block instanceof asn1.Integer)
    return BigInt(`0x${Buffer.from(block.valueBlock.valueHexView).toString('hex') || '0'}`);
  throw new Malformed('no integer');
};

/** The content of an octet string, also of one in pieces. */
export const octetsOf = (block: Block | undefined): Buffer => {
  if (!(block instanceof asn1.OctetString)) throw new Malformed('no octet string');
  return block.idBlock.isConstructed
    ? Buffer.concat(block.valueBlock.value.map(octetsOf))
    : Buffer.from(block.valueBlock.valueHexView);
};

/** The bytes that a block was read from. */
export const bytesOf = (block: Block): Buffer => Buffer.from(block.valueBeforeDecodeView);

/** The `[number]` among these. */
export const tagged = (blocks: readonly Block[], number: number): Block | undefined =>
  blocks.find(({ idBlock }) => idBlock.tagClass === 3 && idBlock.tagNumber === number);

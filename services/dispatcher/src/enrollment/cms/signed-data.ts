import {
  blockOf,
  bytesOf,
  type Block,
  childrenOf,
  isSequence,
  Malformed,
  numberOf,
  octetsOf,
  oidOf,
  tagged,
} from './ber.js';
import { CONTENT_TYPE, MESSAGE_DIGEST, SIGNED_DATA } from './oids.js';

/** What a signer signed instead of the content itself. */
export interface SignedAttributes {
  readonly contentType: string;
  readonly messageDigest: Buffer;
  /** As they are signed: a set in DER. */
  readonly signed: Buffer;
}

export interface SignedData {
  readonly contentType: string;
  /** Absent when the signature is detached. */
  readonly content?: Buffer;
  /** In DER, the signer's among them, in the order they came. */
  readonly certificates: readonly Buffer[];
  readonly signer: {
    readonly serialNumber: bigint;
    readonly digestAlgorithm: string;
    readonly attributes?: SignedAttributes;
    readonly signatureAlgorithm: string;
    readonly signature: Buffer;
  };
}

/** Reads a CMS SignedData with exactly one signer (RFC 5652). Says nothing of whether it is true. Throws `Malformed`. */
export const readSignedData = (bytes: Uint8Array): SignedData => {
  const [type, wrapped] = childrenOf(blockOf(bytes));
  if (oidOf(type) !== SIGNED_DATA) throw new Malformed('not signed data');
  const parts = childrenOf(childrenOf(wrapped)[0]);
  const [, , encapsulated] = parts;
  const [contentType, content] = childrenOf(encapsulated);
  const certificates = tagged(parts, 0);
  const signers = childrenOf(parts.at(-1));
  if (signers.length !== 1) throw new Malformed(`${signers.length} signers`);
  return {
    contentType: oidOf(contentType),
    ...(content && { content: octetsOf(childrenOf(content)[0]) }),
    certificates: certificates ? childrenOf(certificates).filter(isSequence).map(bytesOf) : [],
    signer: signerOf(childrenOf(signers[0])),
  };
};

const signerOf = (parts: readonly Block[]): SignedData['signer'] => {
  const [, name, digest] = parts;
  // Certificates named by their key identifier: Macs do not.
  const [, serialNumber] = childrenOf(name);
  const attributes = tagged(parts, 0);
  const [algorithm, signature] = parts.slice(attributes ? 4 : 3);
  return {
    serialNumber: numberOf(serialNumber),
    digestAlgorithm: oidOf(childrenOf(digest)[0]),
    ...(attributes && { attributes: attributesOf(attributes) }),
    signatureAlgorithm: oidOf(childrenOf(algorithm)[0]),
    signature: octetsOf(signature),
  };
};

const attributesOf = (block: Block): SignedAttributes => {
  if (block.lenBlock.isIndefiniteForm) throw new Malformed('signed attributes are not in DER');
  const valueOf = (name: string): Block | undefined => {
    const found = childrenOf(block).filter((attribute) => oidOf(childrenOf(attribute)[0]) === name);
    const values = found.flatMap((attribute) => childrenOf(childrenOf(attribute)[1]));
    if (values.length !== 1) throw new Malformed(`${values.length} values of ${name}`);
    return values[0];
  };
  // What is sent carries the tag of a field, what is signed that of a set.
  return {
    contentType: oidOf(valueOf(CONTENT_TYPE)),
    messageDigest: octetsOf(valueOf(MESSAGE_DIGEST)),
    signed: Buffer.concat([Buffer.of(0x31), bytesOf(block).subarray(1)]),
  };
};

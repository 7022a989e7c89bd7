import { createHash, sign } from 'node:crypto';
import { ber, der, FIRST, integer, nothing, oid, OCTETS, SEQUENCE, SET } from './der.js';
import type { TestIdentity } from './test-authority.js';

const DIGEST = { sha1: '1.3.14.3.2.26', sha256: '2.16.840.1.101.3.4.2.1' } as const;
const WITH_RSA = { sha1: '1.2.840.113549.1.1.5', sha256: '1.2.840.113549.1.1.11' } as const;
const WITH_EC = { sha1: '1.2.840.10045.4.1', sha256: '1.2.840.10045.4.3.2' } as const;
const [DATA, SIGNED] = ['1.2.840.113549.1.7.1', '1.2.840.113549.1.7.2'];

export interface How {
  readonly digest?: 'sha1' | 'sha256';
  /** Signs attributes with the digest among them, not the content itself. */
  readonly attributes?: boolean;
  /** As Macs write: of indefinite length, content in pieces. */
  readonly indefinite?: boolean;
  /** The content is in it. */
  readonly carries?: boolean;
  readonly contentType?: string;
  readonly others?: readonly TestIdentity[];
  readonly signers?: number;
}

/** A CMS signature as a Mac makes it, byte by byte from RFC 5652. */
export const signatureOf = (content: Uint8Array, by: TestIdentity, how: How = {}): Buffer => {
  const { digest = 'sha256', attributes = true, indefinite = false, carries = false, others = [], signers = 1 } = how;
  const block = indefinite ? ber : der;
  const type = oid(how.contentType ?? DATA);
  const digestName = der(SEQUENCE, oid(DIGEST[digest]), nothing);
  const rsa = by.key.asymmetricKeyType === 'rsa';
  const signed = [
    der(SEQUENCE, oid('1.2.840.113549.1.9.3'), der(SET, type)),
    der(SEQUENCE, oid('1.2.840.113549.1.9.4'), der(SET, der(OCTETS, createHash(digest).update(content).digest()))),
  ];
  const signer = der(
    SEQUENCE,
    integer(1),
    issuerAndSerial(by),
    digestName,
    ...(attributes ? [der(FIRST, ...signed)] : []),
    rsa ? der(SEQUENCE, oid(WITH_RSA[digest]), nothing) : der(SEQUENCE, oid(WITH_EC[digest])),
    der(OCTETS, sign(digest, attributes ? der(SET, ...signed) : content, by.key)),
  );
  const half = Math.ceil(content.length / 2);
  const carried = indefinite
    ? ber(0x24, der(OCTETS, content.subarray(0, half)), der(OCTETS, content.subarray(half)))
    : der(OCTETS, content);
  const data = block(
    SEQUENCE,
    integer(1),
    der(SET, digestName),
    block(SEQUENCE, type, ...(carries ? [block(FIRST, carried)] : [])),
    der(FIRST, ...[by, ...others].map(({ certificate }) => certificate.raw)),
    der(SET, ...Array.from({ length: signers }, () => signer)),
  );
  return block(SEQUENCE, oid(SIGNED), block(FIRST, data));
};

/** Cut out of the certificate: version, serial number, algorithm, issuer. */
const issuerAndSerial = ({ certificate: { raw } }: TestIdentity): Buffer => {
  const [signed = raw] = fieldsOf(raw);
  const [, serial, , issuer] = fieldsOf(signed);
  return der(SEQUENCE, issuer ?? Buffer.alloc(0), serial ?? Buffer.alloc(0));
};

const fieldsOf = (block: Buffer): readonly Buffer[] => {
  const fields: Buffer[] = [];
  const headOf = (at: number): number => ((block[at + 1] ?? 0) < 0x80 ? 2 : 2 + ((block[at + 1] ?? 0) & 0x7f));
  for (let at = headOf(0); at < block.length;) {
    const head = headOf(at);
    const length = head === 2 ? (block[at + 1] ?? 0) : block.readUIntBE(at + 2, head - 2);
    fields.push(block.subarray(at, at + head + length));
    at += head + length;
  }
  return fields;
};

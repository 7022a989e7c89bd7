import { createHash, type KeyObject, sign as signBytes, type X509Certificate } from 'node:crypto';
import * as asn1 from 'asn1js';
import { type Instant, toMillis } from '@managed-os/kernel';
import { blockOf, childrenOf } from './ber.js';
import {
  CONTENT_TYPE,
  DATA,
  ECDSA_WITH_SHA256,
  MESSAGE_DIGEST,
  SHA256,
  SHA256_WITH_RSA,
  SIGNED_DATA,
  SIGNING_TIME,
} from './oids.js';

/** Who signs: a key, and its certificate with those that lead to a root, in this order. */
export interface Signer {
  readonly key: KeyObject;
  readonly chain: readonly [X509Certificate, ...X509Certificate[]];
}

type Part = asn1.BaseBlock;

const sequence = (...value: Part[]): Part => new asn1.Sequence({ value });
const set = (...value: Part[]): asn1.Set => new asn1.Set({ value });
const oid = (value: string): Part => new asn1.ObjectIdentifier({ value });
const octets = (valueHex: Uint8Array): Part => new asn1.OctetString({ valueHex: Uint8Array.from(valueHex) });
const field = (number: number, value: readonly Part[]): Part =>
  new asn1.Constructed({ idBlock: { tagClass: 3, tagNumber: number }, value: [...value] });
const der = (part: Part): Buffer => Buffer.from(part.toBER());

/** CMS SignedData that carries its content, in DER: what a signed `.mobileconfig` is. SHA-256, with an RSA or an elliptic key. */
export const signData = (content: Uint8Array, { key, chain }: Signer, at: Instant): Buffer => {
  const attributes = [
    attribute(CONTENT_TYPE, oid(DATA)),
    attribute(SIGNING_TIME, new asn1.UTCTime({ valueDate: new Date(toMillis(at)) })),
    attribute(MESSAGE_DIGEST, octets(createHash('sha256').update(content).digest())),
  ].toSorted((a, b) => Buffer.compare(der(a), der(b)));
  const elliptic = key.asymmetricKeyType === 'ec';
  const signer = sequence(
    new asn1.Integer({ value: 1 }),
    nameOf(chain[0]),
    sequence(oid(SHA256)),
    field(0, attributes),
    elliptic ? sequence(oid(ECDSA_WITH_SHA256)) : sequence(oid(SHA256_WITH_RSA), new asn1.Null()),
    octets(signBytes('sha256', der(set(...attributes)), key)),
  );
  const signed = sequence(
    new asn1.Integer({ value: 1 }),
    set(sequence(oid(SHA256))),
    sequence(oid(DATA), field(0, [octets(content)])),
    field(
      0,
      chain.map(({ raw }) => blockOf(raw)),
    ),
    set(signer),
  );
  return der(sequence(oid(SIGNED_DATA), field(0, [signed])));
};

const attribute = (name: string, value: Part): Part => sequence(oid(name), set(value));

/** Issuer and serial number, by which a signer says which certificate is its own. */
const nameOf = (certificate: X509Certificate): Part => {
  const parts = childrenOf(childrenOf(blockOf(certificate.raw))[0]);
  // Version 1 has no version.
  const [serialNumber, , issuer] = parts[0]?.idBlock.tagClass === 3 ? parts.slice(1) : parts;
  if (!serialNumber || !issuer) throw new RangeError('a certificate without issuer');
  return sequence(issuer, serialNumber);
};

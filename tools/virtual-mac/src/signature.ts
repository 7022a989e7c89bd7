import 'reflect-metadata';
import { createHash, sign } from 'node:crypto';
import { X509Certificate } from '@peculiar/x509';
import type { Identity } from './store.js';

/** `Mdm-Signature`: who cannot show a certificate in the TLS handshake signs each message (section 1.1 of the protocol's specification). */

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  const bytes = content.length.toString(16);
  const size = Buffer.from(bytes.length % 2 === 0 ? bytes : `0${bytes}`, 'hex');
  const length = content.length < 128 ? size : Buffer.from([0x80 | size.length, ...size]);
  return Buffer.concat([Buffer.from([tag]), length, content]);
};

const [INTEGER, OCTETS, OID, SEQUENCE, SET, FIRST] = [0x02, 0x04, 0x06, 0x30, 0x31, 0xa0];

const OIDS = {
  data: '2a864886f70d010701',
  signedData: '2a864886f70d010702',
  contentType: '2a864886f70d010903',
  messageDigest: '2a864886f70d010904',
  sha256: '608648016503040201',
  ecdsaWithSha256: '2a8648ce3d040302',
} as const;

const oid = (name: keyof typeof OIDS): Buffer => der(OID, Buffer.from(OIDS[name], 'hex'));
/** A number whose first bit is set would be negative. */
const unsigned = (hex: string): Buffer => {
  const bytes = Buffer.from(hex, 'hex');
  return der(INTEGER, ...((bytes[0] ?? 0) < 0x80 ? [] : [Buffer.from([0])]), bytes);
};
const algorithm = (name: 'sha256' | 'ecdsaWithSha256'): Buffer => der(SEQUENCE, oid(name));
const one = (): Buffer => der(INTEGER, Buffer.from([1]));

/** The detached CMS signature over exactly these bytes, in Base64. */
export const signatureOver = (body: string, { key, certificate: pem }: Identity): string => {
  const certificate = new X509Certificate(pem);
  const digest = createHash('sha256').update(body).digest();
  const attributes = [
    der(SEQUENCE, oid('contentType'), der(SET, oid('data'))),
    der(SEQUENCE, oid('messageDigest'), der(SET, der(OCTETS, digest))),
  ];
  const signer = der(
    SEQUENCE,
    one(),
    der(SEQUENCE, Buffer.from(certificate.issuerName.toArrayBuffer()), unsigned(certificate.serialNumber)),
    algorithm('sha256'),
    der(FIRST, ...attributes),
    algorithm('ecdsaWithSha256'),
    // What is signed carries the tag of a set, what is sent that of a field.
    der(OCTETS, sign('sha256', der(SET, ...attributes), key)),
  );
  const signed = der(
    SEQUENCE,
    one(),
    der(SET, algorithm('sha256')),
    der(SEQUENCE, oid('data')),
    der(FIRST, Buffer.from(certificate.rawData)),
    der(SET, signer),
  );
  return der(SEQUENCE, oid('signedData'), der(FIRST, signed)).toString('base64');
};

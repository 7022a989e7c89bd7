import { createHash, verify, X509Certificate } from 'node:crypto';

interface Field {
  readonly tag: number;
  /** With its tag and length. */
  readonly whole: Buffer;
  readonly content: Buffer;
}

const fieldsIn = (bytes: Buffer): readonly Field[] => {
  const fields: Field[] = [];
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at + 1] ?? 0;
    const more = first < 0x80 ? 0 : first & 0x7f;
    const length = more === 0 ? first : bytes.readUIntBE(at + 2, more);
    const from = at + 2 + more;
    fields.push({
      tag: bytes[at] ?? 0,
      whole: bytes.subarray(at, from + length),
      content: bytes.subarray(from, from + length),
    });
    at = from + length;
  }
  return fields;
};

const NOTHING: Field = { tag: 0, whole: Buffer.alloc(0), content: Buffer.alloc(0) };
const at = (bytes: Buffer, ...path: readonly number[]): Field =>
  path.reduce((field, index) => fieldsIn(field.content)[index] ?? NOTHING, { ...NOTHING, content: bytes });

/** The certificate (DER) of who made this detached CMS signature over `body`; `undefined` when it does not hold. */
export const signerOf = (cms: Buffer, body: Buffer): Buffer | undefined => {
  const signed = at(cms, 0, 1, 0).content;
  const certificate = at(signed, 3, 0).whole;
  const signer = at(signed, 4, 0).content;
  const attributes = at(signer, 3);
  const digest = at(attributes.content, 1, 1, 0).content;
  const isOverBody = digest.equals(createHash('sha256').update(body).digest());
  const key = new X509Certificate(certificate).publicKey;
  const asSet = Buffer.concat([Buffer.from([0x31]), attributes.whole.subarray(1)]);
  return isOverBody && verify('sha256', asSet, key, at(signer, 5).content) ? certificate : undefined;
};

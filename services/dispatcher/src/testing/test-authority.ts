import { generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { bits, der, FIRST, FOURTH, integer, oid, SEQUENCE, SET, time, utf8, yes, OCTETS } from './der.js';

/** A key and its certificate. */
export interface TestIdentity {
  readonly key: KeyObject;
  readonly certificate: X509Certificate;
}

export interface Asked {
  readonly name: string;
  readonly keys?: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  readonly from?: string;
  readonly to?: string;
  readonly isAuthority?: boolean;
  readonly usage?: string;
}

export const CLIENT_USE = '1.3.6.1.5.5.7.3.2';
export const SERVER_USE = '1.3.6.1.5.5.7.3.1';

export const ellipticKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const rsaKeys = () => generateKeyPairSync('rsa', { modulusLength: 2048 });

const ECDSA_SHA256 = der(SEQUENCE, oid('1.2.840.10045.4.3.2'));

let serials = 0;

/** An authority of the tests; what it issues is what OpenSSL takes. */
export class TestAuthority implements TestIdentity {
  private constructor(
    readonly key: KeyObject,
    readonly certificate: X509Certificate,
    private readonly name: string,
  ) {}

  static root(name = 'Test authority'): TestAuthority {
    const { privateKey, publicKey } = ellipticKeys();
    const asked = { name, keys: { privateKey, publicKey }, isAuthority: true };
    return new TestAuthority(privateKey, certificateOf(asked, publicKey, name, privateKey), name);
  }

  /** Whoever has a key can issue; whether it may, the certificate says. */
  static of({ key, certificate }: TestIdentity, name: string): TestAuthority {
    return new TestAuthority(key, certificate, name);
  }

  issue(asked: Asked): TestIdentity {
    const { privateKey, publicKey } = asked.keys ?? ellipticKeys();
    return { key: privateKey, certificate: certificateOf(asked, publicKey, this.name, this.key) };
  }

  /** An authority below this one. */
  below(name: string): TestAuthority {
    const { key, certificate } = this.issue({ name, isAuthority: true });
    return new TestAuthority(key, certificate, name);
  }

  get pem(): string {
    return this.certificate.toString();
  }
}

const nameOf = (name: string): Buffer => der(SEQUENCE, der(SET, der(SEQUENCE, oid('2.5.4.3'), utf8(name))));

const certificateOf = (asked: Asked, of: KeyObject, issuer: string, by: KeyObject): X509Certificate => {
  serials += 1;
  const extension = (id: string, ...value: Buffer[]): Buffer =>
    der(SEQUENCE, oid(id), ...value.slice(0, -1), der(OCTETS, value.at(-1) ?? Buffer.alloc(0)));
  const extensions = [
    extension('2.5.29.19', yes, der(SEQUENCE, ...(asked.isAuthority ? [yes] : []))),
    ...(asked.isAuthority ? [] : [extension('2.5.29.37', der(SEQUENCE, oid(asked.usage ?? CLIENT_USE)))]),
  ];
  const signed = der(
    SEQUENCE,
    der(FIRST, integer(2)),
    der(0x02, Buffer.from((0x1000 + serials).toString(16), 'hex')),
    ECDSA_SHA256,
    nameOf(issuer),
    der(SEQUENCE, time(asked.from ?? '2020-01-01T00:00:00'), time(asked.to ?? '2049-01-01T00:00:00')),
    nameOf(asked.name),
    of.export({ format: 'der', type: 'spki' }),
    der(FOURTH, der(SEQUENCE, ...extensions)),
  );
  return new X509Certificate(der(SEQUENCE, signed, ECDSA_SHA256, bits(sign('sha256', signed, by))));
};

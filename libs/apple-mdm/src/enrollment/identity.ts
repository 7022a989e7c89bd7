import { dict, type PlistDict, type PlistValue } from '../plist/value.js';

/** An X.500 name: `[['O', 'Example'], ['CN', 'Mac']]`; `C`, `L`, `ST`, `O`, `OU`, `CN` or dotted numbers. */
export type Subject = readonly (readonly [oid: string, value: string])[];

/** The Mac makes an RSA key and asks a SCEP server for the certificate. */
export interface ScepIdentity {
  readonly kind: 'scep';
  readonly uuid: string;
  readonly url: string;
  readonly subject: Subject;
  /** Name of the authority, where a server has several. */
  readonly name?: string;
  readonly challenge?: string;
  readonly keySize: 2048 | 4096;
  /** Of the authority's certificate; it guards a server that is reached without TLS. */
  readonly caFingerprint?: Uint8Array;
}

/** The Mac asks an ACME server; macOS 13.1 and later. */
export interface AcmeIdentity {
  readonly kind: 'acme';
  readonly uuid: string;
  readonly directoryUrl: string;
  /** By which the authority knows for which Mac it is. */
  readonly clientIdentifier: string;
  readonly subject: Subject;
  readonly key: AcmeKey;
}

/** In the Secure Enclave, with or without proof: macOS 14 and later, on Apple silicon or T2. Other keys are in the keychain. */
export type AcmeKey =
  | { readonly type: 'secure-enclave'; readonly size: 256 | 384; readonly attest: boolean }
  | { readonly type: 'elliptic'; readonly size: 256 | 384 | 521 }
  | { readonly type: 'rsa'; readonly size: 2048 | 3072 | 4096 };

export type Identity = ScepIdentity | AcmeIdentity;

const [SIGNING, SIGNING_AND_ENCRYPTION] = [1n, 5n];
const CLIENT_AUTHENTICATION = '1.3.6.1.5.5.7.3.2';

/** The payload without what all payloads have; the private key stays on the Mac and is for its MDM client alone. */
export const identityPayload = (identity: Identity): { readonly type: string; readonly keys: PlistDict } =>
  identity.kind === 'scep'
    ? { type: 'com.apple.security.scep', keys: dict({ PayloadContent: scepKeys(identity) }) }
    : { type: 'com.apple.security.acme', keys: acmeKeys(identity) };

const scepKeys = (scep: ScepIdentity): PlistDict =>
  dict({
    URL: scep.url,
    Name: scep.name,
    Subject: subjectOf(scep.subject),
    Challenge: scep.challenge,
    Keysize: BigInt(scep.keySize),
    'Key Type': 'RSA',
    'Key Usage': SIGNING_AND_ENCRYPTION,
    CAFingerprint: scep.caFingerprint,
    KeyIsExtractable: false,
    AllowAllAppsAccess: false,
  });

const acmeKeys = (acme: AcmeIdentity): PlistDict =>
  dict({
    DirectoryURL: acme.directoryUrl,
    ClientIdentifier: acme.clientIdentifier,
    KeySize: BigInt(acme.key.size),
    KeyType: acme.key.type === 'rsa' ? 'RSA' : 'ECSECPrimeRandom',
    HardwareBound: acme.key.type === 'secure-enclave',
    Subject: subjectOf(acme.subject),
    UsageFlags: SIGNING,
    ExtendedKeyUsage: [CLIENT_AUTHENTICATION],
    Attest: acme.key.type === 'secure-enclave' && acme.key.attest,
    KeyIsExtractable: false,
    AllowAllAppsAccess: false,
  });

const subjectOf = (subject: Subject): PlistValue => subject.map(([oid, value]) => [[oid, value]]);

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { instant, type Instant } from '@managed-os/kernel';

/** The MDM push certificate: who we are to APNs. */
export interface PushCertificate {
  /** The UID of its subject (OID 0.9.2342.19200300.100.1.1); Macs enrolled with it and are reached by no other. */
  readonly topic: string;
  readonly expiresAt: Instant;
  /** SHA-256 of the DER form, hexadecimal. */
  readonly fingerprint: string;
  /** The certificate and what follows of its chain. */
  readonly pem: string;
  readonly key: KeyObject;
}

export type ReadCertificate =
  | { readonly ok: true; readonly certificate: PushCertificate }
  | { readonly ok: false; readonly problems: readonly string[] };

const TOPIC = /^com\.apple\.mgmt\.[A-Za-z0-9.-]{1,49}$/;

/**
 * Reads a push certificate and its key from PEM texts, which may be the same one. Every problem is named at once. One that
 * has expired is read all the same: Macs that connect by themselves are to be served without it.
 */
export const readPushCertificate = (pem: string, keyPem: string, password?: string): ReadCertificate => {
  const x509 = attempt(() => new X509Certificate(pem));
  const key = attempt(() => createPrivateKey({ key: keyPem, ...(password !== undefined && { passphrase: password }) }));
  if (!x509 || !key) {
    const problems = [
      ...(x509 ? [] : ['APNS_CERTIFICATE_FILE holds no certificate in PEM form']),
      ...(key ? [] : ['APNS_KEY_FILE holds no private key in PEM form, or APNS_KEY_PASSWORD is not its password']),
    ];
    return { ok: false, problems };
  }
  const topic = /^UID=(.+)$/m.exec(x509.subject)?.[1] ?? '';
  const problems = [
    ...(TOPIC.test(topic) ? [] : ['APNS_CERTIFICATE_FILE is no MDM push certificate: its UID is not com.apple.mgmt.…']),
    ...(x509.checkPrivateKey(key) ? [] : ['APNS_KEY_FILE is the key of another certificate']),
  ];
  if (problems.length > 0) return { ok: false, problems };
  const expiresAt = instant(x509.validToDate.getTime());
  const fingerprint = x509.fingerprint256.replaceAll(':', '').toLowerCase();
  return { ok: true, certificate: { topic, expiresAt, fingerprint, pem, key } };
};

const attempt = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch {
    return undefined;
  }
};

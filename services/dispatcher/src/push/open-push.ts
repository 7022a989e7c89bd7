import { readFileSync } from 'node:fs';
import type { RealTime } from '@managed-os/kernel';
import { InvalidConfig } from '@managed-os/service-host';
import type { DispatcherConfig } from '../config.js';
import { NanomdmApi } from '../nanomdm/nanomdm-api.js';
import { ApnsPush } from './apns/apns-push.js';
import { type PushCertificate, readPushCertificate } from './apns/push-certificate.js';
import { LocalWaker } from './local-waker.js';
import { noPush, type Push } from './push.js';

/** The push certificate that is configured; `undefined` when there is none. Throws `InvalidConfig` naming every problem. */
export const openCertificate = (config: DispatcherConfig): PushCertificate | undefined => {
  const { APNS_CERTIFICATE_FILE, APNS_KEY_FILE, APNS_KEY_PASSWORD, PUSH_URL, ENROLLMENT_TOPIC } = config;
  if (APNS_CERTIFICATE_FILE === undefined) {
    if (APNS_KEY_FILE === undefined) return undefined;
    throw new InvalidConfig(['APNS_KEY_FILE is of no use without APNS_CERTIFICATE_FILE']);
  }
  if (PUSH_URL !== undefined) throw new InvalidConfig(['PUSH_URL and APNS_CERTIFICATE_FILE exclude each other']);
  const pem = read('APNS_CERTIFICATE_FILE', APNS_CERTIFICATE_FILE);
  const key = APNS_KEY_FILE === undefined ? pem : read('APNS_KEY_FILE', APNS_KEY_FILE);
  const result = readPushCertificate(pem, key, APNS_KEY_PASSWORD);
  if (!result.ok) throw new InvalidConfig(result.problems);
  const { topic } = result.certificate;
  if (ENROLLMENT_TOPIC !== undefined && ENROLLMENT_TOPIC !== topic) {
    throw new InvalidConfig([`ENROLLMENT_TOPIC is not the topic of APNS_CERTIFICATE_FILE, ${topic}`]);
  }
  return result.certificate;
};

/** How Macs are woken: by NanoMDM beside one, through APNs with a certificate, else as PUSH_URL says, else not. */
export const openPush = (config: DispatcherConfig, certificate: PushCertificate | undefined, real: RealTime): Push => {
  const { DISPATCHER_MODE, NANOMDM_URL, NANOMDM_API_KEY, APNS_URL, APNS_CA_FILE, PUSH_URL } = config;
  if (DISPATCHER_MODE === 'nanomdm') return new NanomdmApi(NANOMDM_URL ?? '', NANOMDM_API_KEY ?? '');
  if (certificate) {
    const ca = APNS_CA_FILE === undefined ? {} : { ca: read('APNS_CA_FILE', APNS_CA_FILE) };
    return new ApnsPush(APNS_URL, certificate, real, ca);
  }
  return PUSH_URL === undefined ? noPush : new LocalWaker(PUSH_URL, real);
};

const read = (setting: string, file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new InvalidConfig([`${setting} cannot be read: ${error instanceof Error ? error.message : 'unknown'}`]);
  }
};

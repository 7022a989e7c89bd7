import type { Type } from '@nestjs/common';
import { InvalidConfig } from '@managed-os/service-host';
import type { DispatcherConfig } from './config.js';
import { MacDoorModule } from './enrollment/mac-door.module.js';
import { NanomdmModule } from './nanomdm/nanomdm.module.js';

/** Of use only where Macs speak to this server. */
const DIRECT = [
  'MDM_URL',
  'ENROLLMENT_SECRET',
  'ENROLLMENT_TOPIC',
  'ENROLLMENT_CA_FILE',
  'ENROLLMENT_MINIMUM_OS_VERSION',
  'SCEP_URL',
  'ACME_DIRECTORY_URL',
  'PROFILE_KEY_FILE',
  'APPLE_DEVICE_CA_FILE',
  'APNS_CERTIFICATE_FILE',
  'APNS_KEY_FILE',
  'APNS_CA_FILE',
  'PUSH_URL',
] as const satisfies readonly (keyof DispatcherConfig)[];

const NANOMDM = [
  'NANOMDM_URL',
  'NANOMDM_API_KEY',
  'NANOMDM_HMAC_KEY',
] as const satisfies readonly (keyof DispatcherConfig)[];

/** Who comes in: Macs, or the NanoMDM that they speak to. Throws `InvalidConfig` naming what does not go together. */
export const doorsOf = (config: DispatcherConfig): Type => {
  const { DISPATCHER_MODE } = config;
  const useless = (DISPATCHER_MODE === 'nanomdm' ? DIRECT : NANOMDM).filter((name) => config[name] !== undefined);
  if (useless.length > 0) {
    const problems = useless.map(
      (name) => `${name} does not go with DISPATCHER_MODE=${DISPATCHER_MODE}: remove one of them`,
    );
    throw new InvalidConfig(problems);
  }
  return DISPATCHER_MODE === 'nanomdm' ? NanomdmModule : MacDoorModule;
};

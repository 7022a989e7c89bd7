import { TOPIC } from '../demo/staging.js';
import type { Secrets } from './secrets.js';
import type { StateFolder } from './state-folder.js';

/**
 * What the dispatcher needs to hand out the profile of this system. It is for looking at: the authority that it names
 * takes certificate requests of virtual Macs, and speaks no SCEP.
 */
export const enrollmentSettings = (
  ingressPort: number,
  control: string,
  folder: StateFolder,
  { enrollmentCode }: Secrets,
): Record<string, string> => ({
  MDM_URL: `https://localhost:${ingressPort}`,
  ENROLLMENT_SECRET: enrollmentCode,
  ENROLLMENT_TOPIC: TOPIC,
  ENROLLMENT_ORGANIZATION: 'Managed OS on this machine',
  ENROLLMENT_TRUST_FILE: folder.file('ca', 'ca.pem'),
  SCEP_URL: `${control}/ca`,
});

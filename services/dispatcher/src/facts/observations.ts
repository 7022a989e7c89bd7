import { architectureOf, type DeviceInformation, wellFormed } from '@managed-os/apple-mdm';
import type { Enrollment } from '../tables.js';
import type { Facts } from './device.decider.js';

const LONGEST_TEXT = 256;

/** A Mac's text, short enough for an event whatever the Mac sends. */
export const brief = (text: string, longest = LONGEST_TEXT): string => wellFormed(text.slice(0, longest));

/** What an answer to DeviceInformation says of the Mac; what it leaves out is not touched. */
export const factsOf = (said: DeviceInformation): Partial<Facts> => {
  const architecture =
    said.isAppleSilicon === undefined
      ? said.model !== undefined
        ? architectureOf(said.model)
        : undefined
      : said.isAppleSilicon
        ? 'arm64'
        : 'x86_64';
  return {
    ...(architecture !== undefined && { architecture }),
    ...(said.osVersion !== undefined && { osVersion: brief(said.osVersion) }),
    ...(said.buildVersion !== undefined && { osBuild: brief(said.buildVersion) }),
    ...(said.softwareUpdateDeviceId !== undefined && { softwareUpdateDeviceId: brief(said.softwareUpdateDeviceId) }),
    ...(said.isSupervised !== undefined && { supervised: said.isSupervised }),
    ...(said.timeZone !== undefined && { timeZone: brief(said.timeZone) }),
    ...(said.serialNumber !== undefined && { serialNumber: brief(said.serialNumber) }),
    ...(said.deviceName !== undefined && { name: brief(said.deviceName) }),
    ...(said.model !== undefined && { model: brief(said.model) }),
  };
};

/** What Authenticate said, as it was noted. */
export const factsOfEnrollment = (row: Enrollment) => {
  const architecture = row.model === null ? undefined : architectureOf(row.model);
  return {
    ...(architecture !== undefined && { architecture }),
    ...(row.os_version !== null && { osVersion: row.os_version }),
    ...(row.os_build !== null && { osBuild: row.os_build }),
    ...(row.serial_number !== null && { serialNumber: row.serial_number }),
    ...(row.name !== null && { name: row.name }),
    ...(row.model !== null && { model: row.model }),
  };
};

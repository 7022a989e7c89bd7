import { present } from '@managed-os/kernel';
import { parsePlist } from '../plist/parse.js';
import { flagAt, needText, rootDict, textAt } from '../plist/read.js';
import { type Parsed, parsing } from '../plist/refusal.js';
import type { PlistDict } from '../plist/value.js';
import { withoutParentheses } from '../status-report/operating-system.js';

/** What a Mac says of itself when it asks for its enrollment profile (section 3). Whether it is true, its signature tells. */
export interface MachineInfo {
  readonly udid: string;
  readonly serialNumber: string;
  /** Apple's model identifier, `Mac14,2`. */
  readonly model: string;
  readonly buildVersion: string;
  /** macOS 14 and later, as all that follow. */
  readonly osVersion?: string;
  readonly supplementalBuildVersion?: string;
  /** `a`, without parentheses. */
  readonly supplementalVersionExtra?: string;
  /** What Apple's feed calls this Mac; macOS 14.4 and later. */
  readonly softwareUpdateDeviceId?: string;
  /** Only then may it be answered that it must update first. */
  readonly canBeToldToUpdate: boolean;
  readonly language?: string;
  /** The whole message, unknown keys included. */
  readonly keys: PlistDict;
}

/** The MachineInfo of a property list, taken out of its signature. Total. */
export const parseMachineInfo = (body: Uint8Array): Parsed<MachineInfo> => {
  const plist = parsePlist(body);
  return plist.ok ? parsing(() => machineInfoOf(rootDict(plist.value))) : plist;
};

const machineInfoOf = (keys: PlistDict): MachineInfo => ({
  udid: needText(keys, 'UDID'),
  serialNumber: needText(keys, 'SERIAL'),
  model: needText(keys, 'PRODUCT'),
  // In Apple's message this key is the build.
  buildVersion: needText(keys, 'VERSION'),
  ...present({
    osVersion: textAt(keys, 'OS_VERSION') || undefined,
    supplementalBuildVersion: textAt(keys, 'SUPPLEMENTAL_BUILD_VERSION') || undefined,
    supplementalVersionExtra: withoutParentheses(textAt(keys, 'SUPPLEMENTAL_OS_VERSION_EXTRA') ?? '') || undefined,
    softwareUpdateDeviceId: textAt(keys, 'SOFTWARE_UPDATE_DEVICE_ID') || undefined,
    language: textAt(keys, 'LANGUAGE') || undefined,
  }),
  canBeToldToUpdate: flagAt(keys, 'MDM_CAN_REQUEST_SOFTWARE_UPDATE') ?? false,
  keys,
});

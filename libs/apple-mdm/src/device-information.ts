import { isBelow, parseVersion, present } from '@managed-os/kernel';
import { flagAt, needDict, numberAt, textAt } from './plist/read.js';
import { type Parsed, parsing } from './plist/refusal.js';
import type { PlistDict } from './plist/value.js';
import { withoutParentheses } from './status-report/operating-system.js';

/** The answer to DeviceInformation; a key that this Mac does not have or may not say is missing. */
export interface DeviceInformation {
  readonly osVersion?: string;
  readonly buildVersion?: string;
  /** With a Background Security Improvement, the build that tells it apart (trap 33); without one the same as `buildVersion`. */
  readonly supplementalBuildVersion?: string;
  /** `a`, without the parentheses that Macs put around it (trap 37). */
  readonly supplementalVersionExtra?: string;
  readonly deviceName?: string;
  readonly serialNumber?: string;
  readonly model?: string;
  readonly modelName?: string;
  readonly modelNumber?: string;
  readonly isAppleSilicon?: boolean;
  readonly isSupervised?: boolean;
  readonly softwareUpdateDeviceId?: string;
  /** In bytes. */
  readonly availableCapacity?: number;
  readonly capacity?: number;
  readonly hasBattery?: boolean;
  /** 0 to 1. */
  readonly batteryLevel?: number;
  readonly awaitingConfiguration?: boolean;
  readonly timeZone?: string;
}

export const deviceInformation = (keys: PlistDict): Parsed<DeviceInformation> =>
  parsing(() => {
    const said = needDict(keys, 'QueryResponses');
    return present({
      osVersion: textAt(said, 'OSVersion'),
      buildVersion: textAt(said, 'BuildVersion'),
      supplementalBuildVersion: textAt(said, 'SupplementalBuildVersion') || undefined,
      supplementalVersionExtra: withoutParentheses(textAt(said, 'SupplementalOSVersionExtra') ?? '') || undefined,
      deviceName: textAt(said, 'DeviceName'),
      serialNumber: textAt(said, 'SerialNumber'),
      model: textAt(said, 'ProductName') ?? textAt(said, 'Model'),
      modelName: textAt(said, 'ModelName'),
      modelNumber: textAt(said, 'ModelNumber'),
      isAppleSilicon: flagAt(said, 'IsAppleSilicon'),
      isSupervised: flagAt(said, 'IsSupervised'),
      softwareUpdateDeviceId: textAt(said, 'SoftwareUpdateDeviceID'),
      availableCapacity: bytesAt(said, 'AvailableDeviceCapacity'),
      capacity: bytesAt(said, 'DeviceCapacity'),
      hasBattery: flagAt(said, 'HasBattery'),
      batteryLevel: fractionAt(said, 'BatteryLevel'),
      awaitingConfiguration: flagAt(said, 'AwaitingConfiguration'),
      timeZone: textAt(said, 'TimeZone'),
    });
  });

const [GIGABYTE, GIBIBYTE] = [1_000_000_000, 1_073_741_824];

/** Macs count in gigabytes from macOS 12 on, in gibibytes before; one that does not say which it is says nothing. */
const bytesAt = (said: PlistDict, key: string): number | undefined => {
  const [size, version] = [numberAt(said, key), textAt(said, 'OSVersion')];
  if (size === undefined || size < 0 || version === undefined || !parseVersion(version)) return undefined;
  return Math.round(size * (isBelow(version, '12') ? GIBIBYTE : GIGABYTE));
};

/** A Mac that cannot tell says -1. */
const fractionAt = (said: PlistDict, key: string): number | undefined => {
  const value = numberAt(said, key);
  return value !== undefined && value >= 0 && value <= 1 ? value : undefined;
};

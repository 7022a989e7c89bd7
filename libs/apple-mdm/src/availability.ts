import { compareVersions, parseVersion } from '@managed-os/kernel';

/** The macOS versions in which something exists: from the first that has it to the first that does not any more. */
export interface Availability {
  readonly from: string;
  readonly until?: string;
}

const LEGACY = { from: '10.11', until: '27.0' } as const;

/** The commands this server sends. Those for software updates are gone in macOS 27, where declarations are all there is. */
export const COMMANDS = {
  DeviceInformation: { from: '10.7' },
  SecurityInfo: { from: '10.7' },
  DeclarativeManagement: { from: '13.0' },
  ScheduleOSUpdateScan: LEGACY,
  AvailableOSUpdates: LEGACY,
  ScheduleOSUpdate: LEGACY,
  OSUpdateStatus: { from: '10.11.5', until: '27.0' },
} as const satisfies Record<string, Availability>;

export type RequestType = keyof typeof COMMANDS;

/**
 * What DeviceInformation is asked for (section 2.5), without what nothing here needs: the attestation, of which a Mac
 * makes a new one once a week only, and OSUpdateSettings, which macOS 27 does not have any more.
 */
const QUERIES: Readonly<Record<string, Availability>> = {
  OSVersion: { from: '10.7' },
  BuildVersion: { from: '10.7' },
  SupplementalBuildVersion: { from: '13.0' },
  SupplementalOSVersionExtra: { from: '13.0' },
  DeviceName: { from: '10.7' },
  SerialNumber: { from: '10.7' },
  Model: { from: '10.7' },
  ModelName: { from: '10.7' },
  ModelNumber: { from: '13.3' },
  ProductName: { from: '10.7' },
  IsSupervised: { from: '10.15' },
  IsAppleSilicon: { from: '12.0' },
  SoftwareUpdateDeviceID: { from: '12.0', until: '27.0' },
  AvailableDeviceCapacity: { from: '10.7' },
  DeviceCapacity: { from: '10.7' },
  HasBattery: { from: '13.3' },
  BatteryLevel: { from: '13.3' },
  AwaitingConfiguration: { from: '10.11' },
  TimeZone: { from: '26.0' },
};

export const includes = ({ from, until }: Availability, version: string): boolean =>
  compareVersions(version, from) >= 0 && (until === undefined || compareVersions(version, until) < 0);

/** Whether a Mac of this version has the command. A version that is unknown does not count against it. */
export const isAvailable = (requestType: RequestType, osVersion: string | undefined): boolean =>
  osVersion === undefined || parseVersion(osVersion) === undefined || includes(COMMANDS[requestType], osVersion);

/** What a Mac of this version may be asked; of an unknown version, what every Mac knows. */
export const queriesFor = (osVersion: string | undefined): readonly string[] => {
  const version = osVersion !== undefined && parseVersion(osVersion) ? osVersion : '10.7';
  return Object.entries(QUERIES)
    .filter(([, availability]) => includes(availability, version))
    .map(([query]) => query);
};

/** Those of them that every later version still has (trap 25), for a Mac that may be another version than it last said. */
export const lastingQueriesFor = (osVersion: string | undefined): readonly string[] =>
  queriesFor(osVersion).filter((query) => QUERIES[query]?.until === undefined);

/** `ProductVersion` in ScheduleOSUpdate; before, only a `ProductKey` names an update. */
export const knowsProductVersion = (osVersion: string | undefined): boolean =>
  osVersion === undefined || parseVersion(osVersion) === undefined || compareVersions(osVersion, '12.0') >= 0;

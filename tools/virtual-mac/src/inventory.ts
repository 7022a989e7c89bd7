import { type Instant, isBelow, toMillis } from '@managed-os/kernel';
import { draw } from './chance.js';
import type { Mac } from './fleet.js';
import type { Dict, PlistValue } from './plist.js';
import type { MacState } from './state.js';
import { freeGb } from './updates.js';

interface Fact {
  readonly introduced: string;
  readonly removed?: string;
  readonly isTold?: (mac: Mac) => boolean;
  readonly value: (mac: Mac, state: MacState, at: Instant) => PlistValue;
}

const CAPACITY_GB = 494;
/** GB since macOS 12, GiB before. */
const capacity = (gb: number, state: MacState): number => (isBelow(state.osVersion, '12') ? (gb * 1e9) / 2 ** 30 : gb);
const hostName = (mac: Mac): string => mac.name.replaceAll(/[^A-Za-z0-9]+/g, '-');

/** DeviceInformation's queries with the version each came and went. */
const FACTS: Readonly<Record<string, Fact>> = {
  UDID: { introduced: '10.7', value: (mac) => mac.udid },
  DeviceName: { introduced: '10.7', value: (mac) => mac.name },
  SerialNumber: { introduced: '10.7', value: (mac) => mac.serial },
  OSVersion: { introduced: '10.7', value: (_, state) => state.osVersion },
  BuildVersion: { introduced: '10.7', value: (_, state) => state.osBuild },
  Model: { introduced: '10.7', value: (mac) => mac.model },
  ModelName: { introduced: '10.7', value: (mac) => mac.modelName },
  ProductName: { introduced: '10.7', value: (mac) => mac.model },
  DeviceCapacity: { introduced: '10.7', value: (_, state) => capacity(CAPACITY_GB, state) },
  AvailableDeviceCapacity: { introduced: '10.7', value: (mac, state, at) => capacity(freeGb(mac, at), state) },
  HostName: { introduced: '10.11', value: (mac) => `${hostName(mac)}.local` },
  LocalHostName: { introduced: '10.11', value: hostName },
  AwaitingConfiguration: { introduced: '10.11', value: () => false },
  OSUpdateSettings: { introduced: '10.11', removed: '27.0', value: (_, state) => osUpdateSettings(state) },
  IsSupervised: { introduced: '10.15', value: (mac) => mac.supervised },
  IsAppleSilicon: { introduced: '12.0', value: (mac) => mac.architecture === 'apple_silicon' },
  SoftwareUpdateDeviceID: { introduced: '12.0', removed: '27.0', value: (mac) => mac.softwareUpdateDeviceId },
  SupplementalBuildVersion: { introduced: '13.0', value: (_, state) => state.osBuild },
  ModelNumber: {
    introduced: '13.3',
    isTold: (mac) => mac.architecture === 'apple_silicon',
    value: (mac) => `Z${Math.floor(draw(mac, 'model number', 0) * 1e4)}LL/A`,
  },
  HasBattery: { introduced: '13.3', value: (mac) => mac.battery !== undefined },
  BatteryLevel: { introduced: '13.3', value: (mac) => mac.battery?.level ?? -1 },
  // Apple's schema contradicts itself about this one.
  TimeZone: { introduced: '26.0', isTold: (mac) => mac.tellsZone, value: (mac) => mac.zone },
};

const osUpdateSettings = (state: MacState): Dict => ({
  CatalogURL: '',
  IsDefaultCatalog: true,
  ...(state.scannedAt === null ? {} : { PreviousScanDate: new Date(toMillis(state.scannedAt)) }),
  ...(isBelow(state.osVersion, '15.0') ? { PreviousScanResult: 'Success' } : {}),
  PerformPeriodicCheck: true,
  AutoCheckEnabled: true,
  BackgroundDownloadEnabled: false,
  AutomaticAppInstallationEnabled: false,
  AutomaticOSInstallationEnabled: false,
  AutomaticSecurityUpdatesEnabled: true,
});

const isAnswered = (fact: Fact, mac: Mac, { osVersion }: MacState): boolean =>
  !isBelow(osVersion, fact.introduced) &&
  (fact.removed === undefined || isBelow(osVersion, fact.removed)) &&
  (fact.isTold?.(mac) ?? true);

/** What this Mac tells on its present version; a key it does not know is simply missing. */
export const queryResponses = (mac: Mac, state: MacState, queries: readonly string[], at: Instant): Dict =>
  Object.fromEntries(
    queries.flatMap((query): readonly [string, PlistValue][] => {
      const fact = Object.hasOwn(FACTS, query) ? FACTS[query] : undefined;
      return fact && isAnswered(fact, mac, state) ? [[query, fact.value(mac, state, at)]] : [];
    }),
  );

/** Those that this version no longer knows, though an earlier one did. */
export const removedQueries = ({ osVersion }: MacState, queries: readonly string[]): readonly string[] =>
  queries.filter((query) => {
    const removed = Object.hasOwn(FACTS, query) ? FACTS[query]?.removed : undefined;
    return removed !== undefined && !isBelow(osVersion, removed);
  });

export const securityInfo = (mac: Mac, { osVersion }: MacState): Dict => {
  const isAppleSilicon = mac.architecture === 'apple_silicon';
  const allowed = mac.supervised ? 'allowed' : 'disallowed';
  return {
    FDE_Enabled: true,
    FDE_HasPersonalRecoveryKey: true,
    FDE_HasInstitutionalRecoveryKey: false,
    ...since(osVersion, '10.12', { SystemIntegrityProtectionEnabled: true }),
    ...since(osVersion, '10.12', {
      FirewallSettings: { FirewallEnabled: true, BlockAllIncoming: false, StealthMode: false, Applications: [] },
    }),
    ...since(osVersion, '10.13.2', {
      ManagementStatus: {
        EnrolledViaDEP: mac.supervised,
        UserApprovedEnrollment: true,
        IsUserEnrollment: false,
        IsActivationLockManageable: mac.supervised,
      },
    }),
    ...since(osVersion, '11.0', {
      BootstrapTokenAllowedForAuthentication: isAppleSilicon ? allowed : 'not supported',
      ...(isAppleSilicon ? { BootstrapTokenRequiredForSoftwareUpdate: true } : {}),
    }),
  };
};

const since = (osVersion: string, introduced: string, keys: Dict): Dict => (isBelow(osVersion, introduced) ? {} : keys);

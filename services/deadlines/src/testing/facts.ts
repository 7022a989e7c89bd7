import type { Fact, ManagedOsEvent } from '@managed-os/contracts';

/** The n-th id of a kind; readable in a failing test. */
const id = (kind: string, n: number): string => `00000000-0000-4000-8${kind}-${String(n).padStart(12, '0')}`;
export const macId = (n: number): string => id('00d', n);
export const itemId = (n: number): string => id('001', n);
export const blueprintId = (n: number): string => id('00b', n);

/** Facts of other contexts; one knob each. */
export const facts = {
  device: (n: number, change: Partial<Fact<'DeviceFactsChanged'>> = {}): Fact<'DeviceFactsChanged'> => ({
    type: 'DeviceFactsChanged',
    deviceId: macId(n),
    factsRevision: 1,
    architecture: 'arm64',
    osVersion: '12.1',
    softwareUpdateDeviceId: 'J314sAP',
    supervised: true,
    mdmEnrolled: true,
    bootstrapTokenEscrowed: true,
    agentInstalled: false,
    observedAt: '2022-06-01T00:00:00Z',
    ...change,
  }),
  unenrolled: (n: number): Fact<'DeviceUnenrolled'> => ({
    type: 'DeviceUnenrolled',
    deviceId: macId(n),
    reason: 'checked_out',
  }),
  moved: (n: number, blueprint: number): Fact<'DeviceMoved'> => ({
    type: 'DeviceMoved',
    deviceId: macId(n),
    blueprintId: blueprintId(blueprint),
  }),
  assigned: (item: number, blueprint: number): Fact<'ItemAssigned'> => ({
    type: 'ItemAssigned',
    itemId: itemId(item),
    blueprintId: blueprintId(blueprint),
  }),
  unassigned: (item: number, blueprint: number): Fact<'ItemUnassigned'> => ({
    type: 'ItemUnassigned',
    itemId: itemId(item),
    blueprintId: blueprintId(blueprint),
  }),
  blueprintRemoved: (blueprint: number): Fact<'BlueprintRemoved'> => ({
    type: 'BlueprintRemoved',
    blueprintId: blueprintId(blueprint),
  }),
  itemRemoved: (item: number, os = '12'): Fact<'ItemRemoved'> => ({ type: 'ItemRemoved', itemId: itemId(item), os }),
  automatic: (
    item: number,
    os = '12',
    window = 'P2W',
    more: { readonly exploitedWindow?: string } = {},
  ): Fact<'EnforcementConfigured'> => ({
    type: 'EnforcementConfigured',
    itemId: itemId(item),
    os,
    enforcement: { mode: 'automatic', window, time: '14:00', zone: 'UTC', deviceLocal: false, ...more },
  }),
  manual: (item: number, minimumVersion: string, deadlineDate: string, os = '12'): Fact<'EnforcementConfigured'> => ({
    type: 'EnforcementConfigured',
    itemId: itemId(item),
    os,
    enforcement: { mode: 'manual', minimumVersion, deadlineDate, time: '14:00', zone: 'UTC', deviceLocal: false },
  }),
  overridden: (item: number, version: string, window: string, os = '12'): Fact<'ReleaseWindowOverridden'> => ({
    type: 'ReleaseWindowOverridden',
    itemId: itemId(item),
    os,
    version,
    window,
  }),
  restored: (item: number, version: string, previousWindow: string, os = '12'): Fact<'ReleaseWindowRestored'> => ({
    type: 'ReleaseWindowRestored',
    itemId: itemId(item),
    os,
    version,
    previousWindow,
  }),
  exploited: (version: string, ...cves: readonly string[]): Fact<'ExploitedVulnerabilitiesListed'> => ({
    type: 'ExploitedVulnerabilitiesListed',
    version,
    os: version.split('.')[0] ?? '',
    cves,
    source: 'sofa',
  }),
  devicesChanged: (version: string, supportedDevices: readonly string[]): Fact<'ReleaseDevicesChanged'> => ({
    type: 'ReleaseDevicesChanged',
    version,
    build: `B${version}`,
    os: version.split('.')[0] ?? '',
    supportedDevices,
    added: [],
    removed: [],
  }),
  released: (
    version: string,
    released: string,
    change: Partial<Fact<'ReleaseAnnounced'>> = {},
  ): Fact<'ReleaseAnnounced'> => ({
    type: 'ReleaseAnnounced',
    version,
    build: `B${version}`,
    os: version.split('.')[0] ?? '',
    kind: 'minor',
    released,
    firstSeen: `${released}T17:00:00Z`,
    supportedDevices: [],
    allDevices: true,
    installer: true,
    comboPackage: true,
    ...change,
  }),
};

/** The token of the stream that such an event is in. */
export const tokenOfFact = (event: ManagedOsEvent): string =>
  'deviceId' in event
    ? event.deviceId
    : 'blueprintId' in event && event.blueprintId
      ? event.blueprintId
      : 'itemId' in event && event.itemId
        ? event.itemId
        : 'version' in event
          ? event.version.replaceAll('.', '_')
          : 'test';

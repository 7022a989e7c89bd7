import { isBelow, majorOf } from '@managed-os/kernel';
import { addressOf, draw } from '../chance.js';
import type { Mac } from '../fleet.js';
import type { Json } from '../json.js';
import type { MacState } from '../state.js';
import { type UpdateStatus, updateStatusOf } from './update-status.js';

interface StatusItem {
  readonly introduced: string;
  readonly supervised?: true;
  /** `undefined`: this Mac has nothing to tell. */
  readonly value: (mac: Mac, state: MacState) => Json | undefined;
}

const NAMES: Readonly<Record<string, string>> = {
  '13': 'Ventura',
  '14': 'Sonoma',
  '15': 'Sequoia',
  '26': 'Tahoe',
  '27': 'Golden Gate',
};

const ofUpdate = (key: keyof UpdateStatus): StatusItem => ({
  introduced: '14.0',
  supervised: true,
  value: (_, state) => updateStatusOf(state)[key],
});

/** The status items of this test bed's Macs, from Apple's schema; those of `management` are made in report.ts. */
export const STATUS_ITEMS: Readonly<Record<string, StatusItem>> = {
  'device.identifier.serial-number': { introduced: '13.0', supervised: true, value: (mac) => mac.serial },
  'device.identifier.udid': { introduced: '13.0', supervised: true, value: (mac) => mac.udid },
  'device.model.family': { introduced: '13.0', value: () => 'Mac' },
  'device.model.identifier': { introduced: '13.0', value: (mac) => mac.model },
  'device.model.marketing-name': { introduced: '13.0', value: (mac) => mac.modelName },
  'device.model.number': {
    introduced: '14.0',
    value: (mac) => `Z${Math.floor(draw(mac, 'model number', 0) * 1e4)}LL/A`,
  },
  'device.operating-system.build-version': { introduced: '13.0', value: (_, state) => state.osBuild },
  'device.operating-system.family': { introduced: '13.0', value: () => 'macOS' },
  'device.operating-system.marketing-name': {
    introduced: '13.0',
    value: (_, { osVersion }) => `macOS ${NAMES[majorOf(osVersion)] ?? ''} ${osVersion}`.replace('  ', ' '),
  },
  'device.operating-system.supplemental.build-version': { introduced: '13.0', value: (_, state) => state.osBuild },
  'device.operating-system.supplemental.extra-version': { introduced: '13.0', value: () => undefined },
  'device.operating-system.version': { introduced: '13.0', value: (_, state) => state.osVersion },
  'device.power.battery-health': {
    introduced: '14.4',
    supervised: true,
    value: (mac) => (mac.battery && mac.architecture === 'apple_silicon' ? 'normal' : 'unsupported'),
  },
  // How macOS 27 writes the token is not documented; Apple's example is hexadecimal.
  'mdm.push-magic': { introduced: '27.0', value: (mac) => addressOf(mac).magic },
  'mdm.push-token': { introduced: '27.0', value: (mac) => addressOf(mac).token.toString('hex') },
  'softwareupdate.beta-enrollment': { introduced: '15.0', supervised: true, value: () => '' },
  'softwareupdate.device-id': { introduced: '15.0', supervised: true, value: (mac) => mac.softwareUpdateDeviceId },
  'softwareupdate.failure-reason': ofUpdate('failure-reason'),
  'softwareupdate.install-reason': ofUpdate('install-reason'),
  'softwareupdate.install-state': ofUpdate('install-state'),
  'softwareupdate.pending-version': ofUpdate('pending-version'),
};

/** Whether a Mac of this version and enrollment has the item. */
export const hasItem = (mac: Mac, osVersion: string, name: string): boolean => {
  const item = Object.hasOwn(STATUS_ITEMS, name) ? STATUS_ITEMS[name] : undefined;
  return item !== undefined && !isBelow(osVersion, item.introduced) && (mac.supervised || item.supervised !== true);
};

/** What the item says now; `undefined` when this Mac does not have it. */
export const itemValue = (mac: Mac, state: MacState, name: string): Json | undefined =>
  hasItem(mac, state.osVersion, name) ? STATUS_ITEMS[name]?.value(mac, state) : undefined;

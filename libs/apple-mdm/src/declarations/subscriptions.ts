import type { Availability } from '../availability.js';
import type { DeclarationContent } from './declaration.js';

interface StatusItem extends Availability {
  /** Reported by supervised Macs only (trap 29). */
  readonly supervised?: true;
}

/** What this server wants to hear of a Mac, in the order in which it is asked for (section 4.4). */
export const STATUS_ITEMS = {
  'device.model.identifier': { from: '13.0' },
  'device.operating-system.version': { from: '13.0' },
  'device.operating-system.build-version': { from: '13.0' },
  'device.operating-system.supplemental.build-version': { from: '13.0' },
  'device.operating-system.supplemental.extra-version': { from: '13.0' },
  'softwareupdate.install-state': { from: '14.0', supervised: true },
  'softwareupdate.pending-version': { from: '14.0', supervised: true },
  'softwareupdate.install-reason': { from: '14.0', supervised: true },
  'softwareupdate.failure-reason': { from: '14.0', supervised: true },
  'softwareupdate.device-id': { from: '15.0', supervised: true },
  'softwareupdate.beta-enrollment': { from: '15.0', supervised: true },
} as const satisfies Readonly<Record<string, StatusItem>>;

export type StatusItemName = keyof typeof STATUS_ITEMS;

export const isStatusItemName = (name: string): name is StatusItemName => Object.hasOwn(STATUS_ITEMS, name);

/** `management.declarations` and `management.client-capabilities` come without being asked for. */
export const statusSubscriptions = (identifier: string, names: readonly StatusItemName[]): DeclarationContent => ({
  type: 'com.apple.configuration.management.status-subscriptions',
  identifier,
  payload: { StatusItems: names.map((name) => ({ Name: name })) },
});

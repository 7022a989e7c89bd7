import { type Instant, localAt, parseInstant } from '@managed-os/kernel';
import type { Device } from './api.js';
import type { ScenarioMac } from './scenario.js';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `2022-09-16T14:00:00` as `16 Sep 14:00`. */
const short = (local: string): string =>
  `${Number(local.slice(8, 10))} ${MONTHS[Number(local.slice(5, 7)) - 1]} ${local.slice(11, 16)}`;

export const shortUtc = (at: Instant): string => `${short(localAt(at, 'UTC'))} UTC`;

/** `America/New_York` as `New York`. */
const placeOf = (zone: string): string => (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ');

export const stateOf = (device: Device | undefined): string => {
  if (device === undefined) return 'enrolling';
  const words = (text: string): string => text.replaceAll('_', ' ');
  if (device.status !== 'due')
    return device.reason ? `${words(device.status)}: ${words(device.reason)}` : words(device.status);
  return `${words(device.stage ?? 'due')}${device.overdue ? ', overdue' : ''}`;
};

const deadlineOf = (device: Device | undefined): string =>
  device?.deadlineLocal ? `${short(device.deadlineLocal)} ${placeOf(device.zone ?? 'UTC')}` : '';

/** The first clause: a table has no room for the whole sentence. */
const nextOf = (device: Device | undefined): string => {
  if (!device?.next || device.status === 'compliant') return '';
  const clause = (device.next.split(/;|\. /)[0] ?? '').replace(/\.$/, '');
  const at = device.nextAt ? parseInstant(device.nextAt) : undefined;
  return at === undefined ? clause : `${clause} (${shortUtc(at)})`;
};

const HEADINGS = ['MAC', 'VERSION', 'TARGET', 'STATE', 'DEADLINE IN ITS ZONE', 'WHAT HAPPENS NEXT'];

/** One line per Mac, columns as wide as they need to be. */
export const tableOf = (macs: readonly ScenarioMac[], devices: ReadonlyMap<string, Device>): readonly string[] => {
  const rows = macs
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, deviceId }) => {
      const device = devices.get(deviceId);
      return [name, device?.osVersion ?? '', device?.target ?? '', stateOf(device), deadlineOf(device), nextOf(device)];
    });
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  return [HEADINGS, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
};

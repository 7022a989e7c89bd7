import { compareVersions } from '@managed-os/kernel';
import { readState } from '../infra/state-file.js';
import type { Device } from './api.js';
import type { StagedMac } from './staging.js';
import { stateOf } from './table.js';

/** What the Macs themselves counted (tools/virtual-mac, `<state>/fleet.json`). */
interface Counted {
  readonly macs: readonly {
    readonly serial: string;
    readonly version: string;
    readonly installs: number;
    readonly history: readonly { readonly version: string }[];
    /** Pushes that reached it, asleep or not. */
    readonly pushes: number;
    /** Commands that it answered, by request type. */
    readonly answered: Readonly<Record<string, number>>;
    readonly defectCount: number;
    readonly defects: readonly { readonly kind: string; readonly detail: string }[];
  }[];
}

export interface Outcome {
  /** Every Mac that can be there is there, by the installations that were expected, and no Mac found fault with the server. */
  readonly good: boolean;
  readonly lines: readonly string[];
}

/** Whether this Mac is where it should end up: compliant, and seen on a version that is new enough. */
export const isThere = ({ ends }: StagedMac, device: Device | undefined): boolean =>
  ends !== undefined &&
  device?.status === 'compliant' &&
  device.osVersion !== null &&
  compareVersions(device.osVersion, ends.goal) >= 0;

const FEW = 24;

export const readCounts = (file: string): Counted => readState<Counted>(file) ?? { macs: [] };

/** The closing words: who is there, who is not and why, and how many installs each Mac counted. */
export const summaryOf = (
  macs: readonly StagedMac[],
  devices: ReadonlyMap<string, Device>,
  counted: Counted,
): Outcome => {
  const counts = new Map(counted.macs.map((mac) => [mac.serial, mac]));
  const installsOf = ({ serial }: StagedMac): number => counts.get(serial)?.installs ?? 0;
  const installedBy = ({ serial }: StagedMac): string =>
    listed(counts.get(serial)?.history.map(({ version }) => version));
  const able = macs.filter(({ ends }) => ends !== undefined);
  const there = able.filter((mac) => isThere(mac, devices.get(mac.deviceId)));
  const absent = macs.filter((mac) => !there.includes(mac)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const odd = macs.filter((mac) => installedBy(mac) !== listed(mac.ends?.installs));
  const defects = counted.macs.filter(({ defectCount }) => defectCount > 0);
  const lines = [
    `${there.length} of ${macs.length} Macs are there, ${there.length === able.length ? 'as many as can be' : `${able.length} could be`}.`,
    ...few(
      absent.map(
        (mac) =>
          `  not there: ${mac.name} (macOS ${devices.get(mac.deviceId)?.osVersion ?? 'unknown'}), ${reasonOf(mac, devices)}`,
      ),
    ),
    `Installs as the Macs counted them: ${distribution(macs.map(installsOf))}.`,
    ...few(
      odd.map((mac) => `  unexpected: ${mac.name} installed ${installedBy(mac)}, not ${listed(mac.ends?.installs)}`),
    ),
    ...few(
      defects.map(({ serial, defectCount, defects: [first] }) => {
        const name = macs.find((mac) => mac.serial === serial)?.name ?? serial;
        return `  ${name} found ${defectCount} fault(s) of the server, one is ${first?.kind ?? 'unknown'}: ${first?.detail ?? ''}`;
      }),
    ),
  ];
  return { good: there.length === able.length && odd.length === 0 && defects.length === 0, lines };
};

const listed = (versions: readonly string[] = []): string => versions.join(', ') || 'nothing';

const reasonOf = ({ deviceId }: StagedMac, devices: ReadonlyMap<string, Device>): string => {
  const device = devices.get(deviceId);
  return device?.next ? `${stateOf(device)}. ${device.next}` : stateOf(device);
};

/** As many lines as somebody reads. */
const few = (lines: readonly string[]): readonly string[] =>
  lines.length <= FEW ? lines : [...lines.slice(0, FEW), `  and ${lines.length - FEW} more like these`];

const times = (count: number): string => (count === 1 ? '1 install' : `${count} installs`);

const macsWith = (count: number): string => (count === 1 ? '1 Mac' : `${count} Macs`);

const distribution = (counts: readonly number[]): string =>
  [...new Set(counts)]
    .toSorted((a, b) => b - a)
    .map((value) => `${macsWith(counts.filter((count) => count === value).length)} with ${times(value)}`)
    .join(', ');

import { compareVersions, majorOf, OS_MAJORS } from '@managed-os/kernel';
import type { DeviceFacts, Item, PlanInput } from '@managed-os/enforcement';
import { automatically, byPolicy, catalogue } from '@managed-os/enforcement/testing';

const VERSIONS = [
  '10.13.6',
  '10.15.7',
  '11.0.1',
  '11.2.3',
  '11.4',
  '11.6.5',
  '12.3',
  '12.6',
  '13.5',
  '14.2',
  '15.1',
  '26.0',
];
const ZONES = ['America/New_York', 'Europe/Paris', 'Asia/Tokyo', 'Australia/Lord_Howe'];
const MINIMA = ['10.13.6', '10.14.6', '10.15.7', '11.7.10', '12.7.6', '13.7.8', '14.8.1', '15.8.1', '26.7.1', '27.0.1'];

const pick = <T>(all: readonly T[], index: number): T => {
  const picked = all[index % all.length];
  if (picked === undefined) throw new Error('nothing to pick from');
  return picked;
};

/** Items of every major, manual and automatic, fixed zones and the Mac's own clock in turn. */
const items: readonly Item[] = OS_MAJORS.flatMap((os, n) => [
  { os, enforcement: automatically({ clock: { zone: pick(ZONES, n) } }) },
  { os, enforcement: byPolicy(pick(MINIMA, n), { clock: { deviceLocal: true } }) },
]);

/** Every version under every item that it is not above. */
const pairs = VERSIONS.flatMap((version) =>
  items.filter(({ os }) => compareVersions(os, majorOf(version)) >= 0).map((item) => ({ version, item })),
);

const macOf = (n: number, osVersion: string): DeviceFacts => ({
  architecture: n % 3 === 0 ? 'x86_64' : 'arm64',
  osVersion,
  softwareUpdateDeviceId: `J${n % 50}AP`,
  bootstrapTokenEscrowed: n % 20 !== 0,
  agentInstalled: n % 30 !== 0,
  timeZone: pick(ZONES, n),
});

/** So many Macs of one fleet, most of which owe something, and one catalogue for all. */
export const fleetOf = (count: number): readonly PlanInput[] =>
  Array.from({ length: count }, (_, n) => {
    const { version, item } = pick(pairs, n);
    return {
      now: '2026-10-01T12:00:00.000Z',
      device: macOf(n, version),
      item,
      releases: catalogue,
      settings: { rescueWithFullInstaller: n % 2 === 0 },
    };
  });

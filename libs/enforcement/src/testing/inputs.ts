import type { Automatic, DeviceFacts, Manual, PlanInput, Release } from '../plan-input.js';

/** An Apple-silicon Mac on 12.1 that can be managed in every way; one knob per test. */
export const mac = (facts: DeviceFacts = {}): DeviceFacts => ({
  architecture: 'arm64',
  osVersion: '12.1',
  softwareUpdateDeviceId: 'J314sAP',
  ...facts,
});

export const automatically = (policy: Partial<Omit<Automatic, 'mode'>> = {}): Automatic => ({
  mode: 'automatic',
  window: 'P2W',
  time: '14:00',
  clock: { zone: 'America/New_York' },
  ...policy,
});

export const byPolicy = (minimumVersion: string, policy: Partial<Omit<Manual, 'mode'>> = {}): Manual => ({
  mode: 'manual',
  minimumVersion,
  deadlineDate: '2022-09-16',
  time: '14:00',
  clock: { zone: 'America/New_York' },
  ...policy,
});

export const release = (version: string, released: string, entry: Partial<Release> = {}): Release => ({
  version,
  build: `B${version}`,
  released,
  kind: 'minor',
  ...entry,
});

/** Some of Apple's releases of every major, with their true dates; every Mac can get them. */
export const catalogue: readonly Release[] = [
  release('10.13.6', '2018-07-09', { build: '17G65', kind: 'patch' }),
  release('10.14.6', '2019-07-22', { build: '18G84', kind: 'patch' }),
  release('10.15.7', '2020-09-24', { build: '19H2', kind: 'patch' }),
  release('11.4', '2021-05-24', { build: '20F71' }),
  release('11.7.10', '2023-09-11', { build: '20G1427', kind: 'patch' }),
  release('12.0.1', '2021-10-25', { build: '21A559', kind: 'major' }),
  release('12.2', '2022-01-26', { build: '21D49' }),
  release('12.3', '2022-03-14', { build: '21E230' }),
  release('12.7.6', '2024-07-29', { build: '21H1320', kind: 'patch' }),
  release('13.7.8', '2025-08-20', { build: '22H730', kind: 'patch' }),
  release('14.8.1', '2025-09-29', { build: '23J30', kind: 'patch' }),
  release('15.8.1', '2026-02-02', { build: '24H1', kind: 'patch' }),
  release('26.7.1', '2026-09-21', { build: '25H1', kind: 'patch' }),
  release('27.0.1', '2026-09-28', { build: '26A434', kind: 'patch' }),
];

/** A whole input: the builders' Mac under the builders' policy. */
export const input = (change: Partial<PlanInput> = {}): PlanInput => ({
  now: '2022-03-01T12:00:00Z',
  device: mac(),
  item: { os: '12', enforcement: automatically() },
  releases: [release('12.2', '2022-01-26', { build: '21D49' })],
  ...change,
});

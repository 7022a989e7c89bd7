import { createHash } from 'node:crypto';
import { deviceIdOf, type Instant, parseInstant } from '@managed-os/kernel';
import type { CastMac, Ending, Scenario } from './scenario.js';

/** One Mac of the demonstration and what is expected of it. */
export interface StagedMac {
  readonly name: string;
  readonly serial: string;
  readonly deviceId: string;
  readonly group: string;
  /** `undefined` for a Mac that cannot get there. */
  readonly ends: Ending | undefined;
}

/** A scenario with so many Macs. */
export interface Staging {
  readonly scenario: Scenario;
  readonly macs: readonly StagedMac[];
  /** For tools/virtual-mac. */
  readonly fleetFile: object;
  /** When something comes from outside: a release, or what happens to a Mac. */
  readonly instants: readonly Instant[];
}

/** The same number gives the same Macs, and more begin with the same ones. Throws for a scenario that contradicts itself. */
export const staged = (scenario: Scenario, count = scenario.cast.length): Staging => {
  const inGroup = new Map<string, number>();
  const cast = Array.from({ length: count }, (_, index) => {
    const actor = scenario.cast[index % scenario.cast.length];
    if (!actor) throw new Error(`the scenario ${scenario.name} has nobody in it`);
    const number = (inGroup.get(actor.group) ?? 0) + 1;
    inGroup.set(actor.group, number);
    return stagedMac(scenario, actor, index, `${actor.group}-${String(number).padStart(2, '0')}`);
  });
  const { name, releases, beginning } = scenario;
  return {
    scenario,
    macs: cast.map(({ mac }) => mac),
    fleetFile: { seed: name, topic: TOPIC, releases, macs: cast.map(({ file }) => file) },
    instants: [...releases.map(({ released }) => released), ...cast.flatMap(({ events }) => events)]
      .map(parseInstant)
      .filter((instant) => instant !== undefined)
      .filter((instant, index, all) => instant > beginning && all.indexOf(instant) === index),
  };
};

/** The push topic of every Mac here, and of the profile that `/enroll` hands out. */
export const TOPIC = 'com.apple.mgmt.External.5f1d9a52-6d0b-4c52-9c0e-0f3b7f6d2a11';

const stagedMac = (scenario: Scenario, cast: CastMac, index: number, name: string) => {
  const { group, model, board, version, zone, traits = {} } = cast;
  const ends = cast.ends === undefined ? scenario.groups[group]?.ends : (cast.ends ?? undefined);
  const osBuild = scenario.builds[version];
  if (!scenario.groups[group] || osBuild === undefined)
    throw new Error(`the scenario ${scenario.name} does not know the group or the build of ${name}`);
  const serial = `VM${String(index + 1).padStart(8, '0')}`;
  const udid = udidOf(`${scenario.name} ${serial}`, isAppleSilicon(model));
  const mac: StagedMac = { name, serial, deviceId: deviceIdOf(udid), group, ends };
  const file = {
    ...{ name, serial, udid, model, softwareUpdateDeviceId: board, osVersion: version, osBuild, zone },
    ...{ architecture: isAppleSilicon(model) ? 'apple_silicon' : 'intel', ...traits },
  };
  return { mac, file, events: instantsOf(traits['events']) };
};

const instantsOf = (events: unknown): readonly string[] =>
  Array.isArray(events) ? events.map((event: { readonly at: string }) => event.at) : [];

/** Apple-silicon models have no Intel sibling of the same name in these fleets. */
const isAppleSilicon = (model: string): boolean => /^(Mac1\d|MacBookPro1[78]|MacBookAir10|Macmini9|iMac21)/.test(model);

const udidOf = (source: string, appleSilicon: boolean): string => {
  const hex = createHash('sha256').update(source).digest('hex').toUpperCase();
  if (appleSilicon) return `00008103-${hex.slice(0, 16)}`;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

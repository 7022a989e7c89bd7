import type { DeadlinesEvent, Fact, ManagedOsEvent } from '@managed-os/contracts';
import type { EventStore } from '@managed-os/event-store';
import type { Release } from '@managed-os/enforcement';
import { type Instant, isZone } from '@managed-os/kernel';
import { FACTS_CONSUMER } from '../inputs/inputs.projection.js';
import type { Catalogued, Known } from './dry-run.js';

/** What the inbox holds of the fleet and of Apple's releases, in the order in which it was learnt. */
export interface Recorded {
  readonly macs: ReadonlyMap<string, readonly Known[]>;
  readonly catalogue: readonly Catalogued[];
}

const PAGE = 1_000;

/** Reads the whole log once. */
export const readRecorded = async (store: Pick<EventStore<DeadlinesEvent>, 'readLog'>): Promise<Recorded> => {
  const macs = new Map<string, Known[]>();
  const catalogue: Catalogued[] = [];
  for (let after = 0n; ;) {
    const page = await store.readLog(after, PAGE, [FACTS_CONSUMER]);
    for (const { envelope, inbox } of page) {
      if (inbox === undefined) continue;
      const fact = envelope.data as ManagedOsEvent;
      take(fact, envelope.time, macs, catalogue);
    }
    const last = page.at(-1);
    if (!last) return { macs, catalogue };
    after = last.position;
  }
};

const take = (fact: ManagedOsEvent, from: Instant, macs: Map<string, Known[]>, catalogue: Catalogued[]): void => {
  switch (fact.type) {
    case 'DeviceFactsChanged': {
      const known = macs.get(fact.deviceId);
      const entry = { from, device: deviceOf(fact) };
      if (known) known.push(entry);
      else macs.set(fact.deviceId, [entry]);
      return;
    }
    case 'DeviceUnenrolled': {
      const known = macs.get(fact.deviceId);
      const last = known?.at(-1);
      if (last) known?.push({ from, device: { ...last.device, mdmEnrolled: false } });
      return;
    }
    case 'ReleaseAnnounced':
    case 'ReleaseDevicesChanged': {
      const releases = catalogue.at(-1)?.releases ?? [];
      const next = { from, releases: withRelease(releases, fact) };
      // What is learnt in one moment is one catalogue.
      if (catalogue.at(-1)?.from === from) catalogue.pop();
      catalogue.push(next);
      return;
    }
    default:
  }
};

const deviceOf = (facts: Fact<'DeviceFactsChanged'>) => ({
  architecture: facts.architecture,
  osVersion: facts.osVersion,
  softwareUpdateDeviceId: facts.softwareUpdateDeviceId,
  supervised: facts.supervised,
  mdmEnrolled: facts.mdmEnrolled,
  agentInstalled: facts.agentInstalled,
  bootstrapTokenEscrowed: facts.bootstrapTokenEscrowed,
  timeZone: facts.timeZone !== undefined && isZone(facts.timeZone) ? facts.timeZone : undefined,
});

const withRelease = (
  releases: readonly Release[],
  fact: Fact<'ReleaseAnnounced'> | Fact<'ReleaseDevicesChanged'>,
): readonly Release[] => {
  const { version, build } = fact;
  const others = releases.filter((release) => release.version !== version || release.build !== build);
  const before = releases.find((release) => release.version === version && release.build === build);
  if (fact.type === 'ReleaseDevicesChanged')
    return before ? [...others, { ...before, supportedDevices: fact.supportedDevices }] : releases;
  const { released, kind, installer, comboPackage, allDevices, supportedDevices } = fact;
  const earliest = before && before.released < released ? before.released : released;
  const devices = allDevices ? null : supportedDevices;
  return [...others, { version, build, released: earliest, kind, supportedDevices: devices, installer, comboPackage }];
};

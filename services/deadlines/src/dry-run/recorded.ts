import { isDeepStrictEqual } from 'node:util';
import type { DeadlinesEvent, Fact, ManagedOsEvent } from '@managed-os/contracts';
import type { EventStore } from '@managed-os/event-store';
import type { Release } from '@managed-os/enforcement';
import { type Instant, isZone } from '@managed-os/kernel';
import { FACTS_CONSUMER } from '../inputs/inputs.projection.js';
import type { Observed } from './dry-run.js';

/** What was known of Apple's releases of interest from an instant on. */
export interface Announced {
  readonly from: Instant;
  readonly releases: readonly Release[];
  /** Vulnerabilities that are exploited, by the release that fixes them. */
  readonly exploited: readonly { readonly version: string; readonly cves: readonly string[] }[];
}

/** What the inbox holds of the fleet and of Apple's releases, in the order in which it was learnt. */
export interface Recorded {
  readonly macs: ReadonlyMap<string, readonly Observed[]>;
  /** One entry for all that was known at `since`, then one for each change; never empty. */
  readonly announced: readonly [Announced, ...Announced[]];
}

/** The way from 11.4 to a later major leads over the newest 11. */
const isOfInterest = (os: string, wanted: string): boolean => os === wanted || os === '11';

const PAGE = 1_000;

/** Reads the whole log once; releases of other majors are left out, and what was known of a Mac is kept when it changes. */
export const readRecorded = async (
  store: Pick<EventStore<DeadlinesEvent>, 'readLog'>,
  os: string,
  since: Instant,
): Promise<Recorded> => {
  const macs = new Map<string, Observed[]>();
  const announced: [Announced, ...Announced[]] = [{ from: since, releases: [], exploited: [] }];
  for (let after = 0n; ;) {
    const page = await store.readLog(after, PAGE, [FACTS_CONSUMER]);
    for (const { envelope, inbox } of page) {
      if (inbox === undefined) continue;
      const fact = envelope.data as ManagedOsEvent;
      if ('deviceId' in fact) learn(macs, fact, envelope.time);
      else if ('os' in fact && isOfInterest(fact.os, os)) announce(announced, fact, envelope.time);
    }
    const last = page.at(-1);
    if (!last) return { macs, announced };
    after = last.position;
  }
};

const learn = (
  macs: Map<string, Observed[]>,
  fact: ManagedOsEvent & { readonly deviceId: string },
  from: Instant,
): void => {
  const history = macs.get(fact.deviceId) ?? [];
  const last = history.at(-1);
  const device =
    fact.type === 'DeviceFactsChanged'
      ? deviceOf(fact)
      : fact.type === 'DeviceUnenrolled' && last
        ? { ...last.device, mdmEnrolled: false }
        : undefined;
  if (!device || isDeepStrictEqual(device, last?.device)) return;
  history.push({ from, device });
  macs.set(fact.deviceId, history);
};

/** What is learnt in one moment, or was known at the beginning, is one entry. */
const announce = (announced: [Announced, ...Announced[]], fact: ManagedOsEvent, at: Instant): void => {
  const last = announced.at(-1) ?? announced[0];
  const from = at > last.from ? at : last.from;
  const next = changed(last, fact, from);
  if (!next) return;
  if (from === last.from) announced[announced.length - 1] = next;
  else announced.push(next);
};

const changed = (last: Announced, fact: ManagedOsEvent, from: Instant): Announced | undefined => {
  switch (fact.type) {
    case 'ReleaseAnnounced':
    case 'ReleaseDevicesChanged':
      return { ...last, from, releases: withRelease(last.releases, fact) };
    case 'ExploitedVulnerabilitiesListed': {
      const { version, cves } = fact;
      const others = last.exploited.filter((release) => release.version !== version);
      return { ...last, from, exploited: [...others, { version, cves }] };
    }
    default:
      return undefined;
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

import type { Fact, ReleasesEvent } from '@managed-os/contracts';
import { accept, type Decider, type Instant, without } from '@managed-os/kernel';
import type { ReleaseAnnounced } from '../catalogue/catalogue.js';

/** A change of the feed that was accepted. */
export type FeedChange = NonNullable<Fact<'ReleaseProposed'>['change']>;

export type ReleaseInput =
  | { readonly type: 'Announce'; readonly release: ReleaseAnnounced }
  | {
      readonly type: 'Apply';
      readonly change: FeedChange;
      readonly seen: Instant;
      /** The feed had it on the public list, and it has not left that since it was there last. */
      readonly isPublic: boolean;
    }
  | { readonly type: 'ListExploited'; readonly cves: readonly string[]; readonly source: string };

interface Build {
  /** As it was announced, with the earliest date and today's Macs. */
  readonly release: ReleaseAnnounced;
  readonly leftPublic?: string;
  readonly leftAll?: string;
}

/** The builds of one version, and the exploited vulnerabilities that it is said to fix. */
export interface ReleaseState {
  readonly builds: Readonly<Record<string, Build>>;
  readonly exploited: readonly string[];
}

/**
 * What is known of one version. The earliest date ever seen counts (S61), first-seen instants never move, and what is said
 * a second time makes no event.
 */
export const release: Decider<ReleaseInput, ReleasesEvent, ReleaseState> = {
  initial: { builds: {}, exploited: [] },

  decide(input, state) {
    switch (input.type) {
      case 'Announce':
        return accept(...announced(input.release, state));
      case 'Apply':
        return accept(...applied(input, state));
      case 'ListExploited': {
        const [first] = Object.values(state.builds);
        const cves = sortedSet([...state.exploited, ...input.cves]);
        if (!first || cves.length === state.exploited.length) return accept();
        const { version, os } = first.release;
        return accept({ type: 'ExploitedVulnerabilitiesListed', version, os, cves, source: input.source });
      }
    }
  },

  evolve(state, event) {
    switch (event.type) {
      case 'ReleaseAnnounced': {
        const known = state.builds[event.build];
        const kept = known ? { ...known, release: earlier(known.release, event.released) } : { release: event };
        return withBuild(state, event.build, kept);
      }
      case 'ReleaseDevicesChanged':
        return changed(state, event.build, ({ release, ...build }) => ({
          ...build,
          release: { ...release, supportedDevices: event.supportedDevices, allDevices: false },
        }));
      case 'ReleaseLeftPublic':
        return changed(state, event.build, (build) => ({ ...build, leftPublic: event.left }));
      case 'ReleaseLeftAll':
        return changed(state, event.build, (build) => ({ ...build, leftAll: event.left }));
      case 'ReleaseReturned':
        return changed(state, event.build, (build) =>
          event.to === 'public' ? without(build, 'leftPublic', 'leftAll') : without(build, 'leftAll'),
        );
      case 'ExploitedVulnerabilitiesListed':
        return { ...state, exploited: event.cves };
      default:
        return state;
    }
  },
};

const withBuild = (state: ReleaseState, name: string, build: Build): ReleaseState => ({
  ...state,
  builds: { ...state.builds, [name]: build },
});

const changed = (state: ReleaseState, name: string, change: (build: Build) => Build): ReleaseState => {
  const build = state.builds[name];
  return build ? withBuild(state, name, change(build)) : state;
};

const earlier = (known: ReleaseAnnounced, released: string): ReleaseAnnounced =>
  released < known.released ? { ...known, released } : known;

const announced = (wanted: ReleaseAnnounced, { builds }: ReleaseState): readonly ReleasesEvent[] => {
  const known = builds[wanted.build]?.release;
  if (!known) return [wanted];
  return wanted.released < known.released ? [earlier(known, wanted.released)] : [];
};

const applied = (
  { change, seen, isPublic }: Extract<ReleaseInput, { type: 'Apply' }>,
  state: ReleaseState,
): readonly ReleasesEvent[] => {
  const { version, build, os } = change;
  const known = state.builds[build];
  if (change.change === 'release_added') return announced(announcementOf(change, seen), state);
  if (!known) return [];
  const where = { version, build, os };
  switch (change.change) {
    case 'moved_back':
      return announced({ ...known.release, released: change.released }, state);
    case 'devices_added':
    case 'devices_removed':
      return devicesChanged(change, known.release);
    case 'left_public':
      return known.leftPublic === seen ? [] : [{ type: 'ReleaseLeftPublic', ...where, left: seen }];
    case 'left_all':
      if (known.leftAll === seen) return [];
      return [
        ...(isPublic ? ([{ type: 'ReleaseLeftPublic', ...where, left: seen }] as const) : []),
        { type: 'ReleaseLeftAll', ...where, left: seen },
      ];
    case 'returned_public':
      if (known.leftPublic === undefined && known.leftAll === undefined) return [];
      return [{ type: 'ReleaseReturned', ...where, to: 'public', returned: seen }];
    case 'returned_all':
      return known.leftAll === undefined ? [] : [{ type: 'ReleaseReturned', ...where, to: 'all', returned: seen }];
    default:
      return [];
  }
};

const announcementOf = (change: FeedChange, seen: Instant): ReleaseAnnounced => {
  const { version, build, os, kind, released, supportedDevices, installer, comboPackage } = change;
  const { versionExtra, prerequisiteBuild } = change;
  return {
    ...{ type: 'ReleaseAnnounced', version, build, os, kind, released, firstSeen: seen },
    ...{ supportedDevices, allDevices: false, installer, comboPackage },
    ...(versionExtra !== undefined && { versionExtra }),
    ...(prerequisiteBuild !== undefined && { prerequisiteBuild }),
  };
};

/** The Macs of now and the change's: others may have come or gone since it was proposed. */
const devicesChanged = (
  { change, devices, version, build, os }: FeedChange,
  { supportedDevices, allDevices }: ReleaseAnnounced,
): readonly ReleasesEvent[] => {
  if (allDevices) return [];
  const before = new Set(supportedDevices);
  const added = change === 'devices_added' ? devices.filter((id) => !before.has(id)) : [];
  const removed = change === 'devices_removed' ? devices.filter((id) => before.has(id)) : [];
  if (added.length + removed.length === 0) return [];
  const after = sortedSet([...supportedDevices, ...added].filter((id) => !removed.includes(id)));
  return [{ type: 'ReleaseDevicesChanged', version, build, os, supportedDevices: after, added, removed }];
};

const sortedSet = (texts: readonly string[]): string[] => [...new Set(texts)].sort();

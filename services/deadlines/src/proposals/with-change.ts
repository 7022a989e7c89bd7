import type { Fact } from '@managed-os/contracts';
import type { Release } from '@managed-os/enforcement';

type FeedChange = NonNullable<Fact<'ReleaseProposed'>['change']>;

/** The releases as they would be. What leaves Apple's lists stays owed, so it changes nothing here. */
export const withChange = (releases: readonly Release[], change: FeedChange): readonly Release[] => {
  const { version, build, released, supportedDevices } = change;
  const isIt = (release: Release): boolean => release.version === version && release.build === build;
  const others = (changed: (release: Release) => Release): readonly Release[] =>
    releases.map((release) => (isIt(release) ? changed(release) : release));
  switch (change.change) {
    case 'release_added': {
      const { kind, installer, comboPackage } = change;
      const added: Release = { version, build, released, kind, supportedDevices, installer, comboPackage };
      return [...releases.filter((release) => !isIt(release)), added];
    }
    case 'devices_added':
    case 'devices_removed':
      return others((release) => ({ ...release, supportedDevices }));
    case 'moved_back':
      return others((release) => ({ ...release, released: released < release.released ? released : release.released }));
    default:
      return releases;
  }
};

import { compareVersions, type Instant, isBelow, majorOf, toMillis } from '@managed-os/kernel';
import type { Mac, Release } from './fleet.js';
import type { Candidate, MacState } from './state.js';

/** What Apple's servers offer this Mac at `at`: of each major from its own up, the newest public release (and earlier ones not yet withdrawn). */
export const offersAt = (mac: Mac, state: Pick<MacState, 'osVersion'>, at: Instant): readonly Candidate[] => {
  const open = mac.releases.filter((release) => isPublic(release, at) && isBelow(state.osVersion, release.version));
  return open
    .filter((release) => release.withdrawn !== undefined || !open.some((other) => supersedes(other, release)))
    .toSorted((a, b) => compareVersions(a.version, b.version))
    .map((release) => candidateOf(release, majorOf(release.version) !== majorOf(state.osVersion)));
};

const isPublic = (release: Release, at: Instant): boolean =>
  toMillis(release.released) <= toMillis(at) &&
  (release.withdrawn === undefined || toMillis(at) < toMillis(release.withdrawn));

const supersedes = (newer: Release, older: Release): boolean =>
  majorOf(newer.version) === majorOf(older.version) && isBelow(older.version, newer.version);

const candidateOf = ({ version, build, sizeMb }: Release, major: boolean): Candidate => ({
  productKey: `MSU_UPDATE_${build}_${major ? 'full' : 'patch'}_${version}_${major ? 'major' : 'minor'}`,
  version,
  build,
  sizeMb,
  major,
});

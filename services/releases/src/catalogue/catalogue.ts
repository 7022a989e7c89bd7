import { readFile } from 'node:fs/promises';
import type { Fact } from '@managed-os/contracts';
import { compareBuilds, compareVersions, type Instant, majorOf, type OsMajor } from '@managed-os/kernel';

export type ReleaseKind = 'major' | 'minor' | 'patch' | 'supplemental' | 'rsr' | 'bsi';

/** One build of a release. */
export interface CatalogueBuild {
  readonly build: string;
  /** From when on it counts as public. */
  readonly firstSeen: Instant;
  /** Name of a list in `deviceSets`; absent when no list is known, so that it counts as made for every Mac. */
  readonly devices?: string;
  /** A full installer of it was seen. */
  readonly installer?: true;
  readonly comboPackage?: true;
  /** rsr and bsi: the build it sits on. */
  readonly prerequisiteBuild?: string;
}

/** What Apple released under one version on one day. */
export interface CatalogueRelease {
  readonly version: string;
  readonly versionExtra?: string;
  readonly kind: ReleaseKind;
  readonly released: string;
  readonly label?: string;
  readonly builds: readonly CatalogueBuild[];
}

/** A software-update device id and the models that report it. */
export interface CatalogueDevice {
  readonly id: string;
  readonly family: string;
  readonly models: readonly string[];
}

export interface CatalogueModel {
  readonly model: string;
  readonly ids: readonly string[];
  /** The majors it can run. */
  readonly majors: readonly OsMajor[];
}

/** Every public macOS release since 10.13 and which Macs each is for. Facts only; made by `compile/`. */
export interface Catalogue {
  readonly deviceSets: Readonly<Record<string, readonly string[]>>;
  /** In order of their release days. */
  readonly releases: readonly CatalogueRelease[];
  readonly devices: readonly CatalogueDevice[];
  readonly models: readonly CatalogueModel[];
}

export type ReleaseAnnounced = Fact<'ReleaseAnnounced'>;

/** The committed catalogue. */
export const loadCatalogue = async (): Promise<Catalogue> =>
  JSON.parse(
    await readFile(new URL('../../src/catalogue/catalogue.generated.json', import.meta.url), 'utf8'),
  ) as Catalogue;

/**
 * One announcement per build, in the order in which the builds became public. A build that Apple released a second time
 * keeps its first day: the catalogue holds the earliest date ever seen for a build.
 */
export const announcements = (catalogue: Catalogue): readonly ReleaseAnnounced[] => {
  const inOrder = catalogue.releases
    .flatMap((release) => release.builds.map((build) => announcementOf(catalogue, release, build)))
    .toSorted(byFirstSeen);
  const seen = new Set<string>();
  return inOrder.filter(({ version, build }) => {
    const key = `${version} ${build}`;
    const first = !seen.has(key);
    seen.add(key);
    return first;
  });
};

const announcementOf = (
  catalogue: Catalogue,
  release: CatalogueRelease,
  { build, firstSeen, devices, installer, comboPackage, prerequisiteBuild }: CatalogueBuild,
): ReleaseAnnounced => ({
  type: 'ReleaseAnnounced',
  version: release.version,
  build,
  os: majorOf(release.version),
  kind: release.kind,
  released: release.released,
  firstSeen,
  supportedDevices: devices === undefined ? [] : (catalogue.deviceSets[devices] ?? []),
  allDevices: devices === undefined,
  installer: installer ?? false,
  comboPackage: comboPackage ?? false,
  ...(release.versionExtra !== undefined && { versionExtra: release.versionExtra }),
  ...(prerequisiteBuild !== undefined && { prerequisiteBuild }),
});

const byFirstSeen = (a: ReleaseAnnounced, b: ReleaseAnnounced): number =>
  Date.parse(a.firstSeen) - Date.parse(b.firstSeen) ||
  compareVersions(a.version, b.version) ||
  compareBuilds(a.build, b.build);

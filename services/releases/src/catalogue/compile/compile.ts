import { compareBuilds, type Instant, instant } from '@managed-os/kernel';
import type { Catalogue, CatalogueBuild, CatalogueRelease } from '../catalogue.js';
import { hardwareBuilds } from './hardware-builds.js';
import type { HistoryRow, Sources } from './sources.js';

/** Apple publishes at 10 in the morning, Pacific time: the hour of a release of which only the day is known. */
const USUAL_HOUR = 'T17:00:00Z';
/** When the record of captures begins. What it holds from its first entry on had been public before. */
const RECORD_BEGINS = '2024-06-30T19:16Z';
/** Combo updaters exist for these majors only. */
const COMBO_MAJORS: readonly string[] = ['10.13', '10.14', '10.15'];

const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const sorted = (ids: Iterable<string>): readonly string[] => [...new Set(ids)].sort(text);

/** The catalogue that the sources give. Throws when a build for particular hardware would be offered to everybody. */
export const compileCatalogue = ({ history, devices, models, captures }: Sources): Catalogue => {
  const captured = new Map<string, Set<string>>();
  for (const { ProductVersion, Build, SupportedDevices } of captures.flat()) {
    const ids = captured.get(`${ProductVersion} ${Build}`) ?? new Set();
    captured.set(`${ProductVersion} ${Build}`, new Set([...ids, ...SupportedDevices]));
  }

  const idsOfModels = (wanted: readonly string[]): readonly string[] =>
    wanted.flatMap((name) => {
      const model = models.find((m) => m.modelIdentifier === name);
      if (!model) throw new RangeError(`no model is called ${name}`);
      return model.softwareUpdateDeviceIDs;
    });

  /** Every Mac that can run a major: as the feed lists it, before and after the feed's time by the table of models. */
  const idsOfMajor = (major: string): readonly string[] => {
    if (major === '27') return sorted(devices.filter((d) => d.macOS27).map((d) => d.softwareUpdateDeviceID));
    const listed = devices.filter((d) => d.majorsInGdmf.map(String).includes(major));
    if (listed.length > 0) return sorted(listed.map((d) => d.softwareUpdateDeviceID));
    return sorted(models.filter((m) => m.supportedMajors.includes(major)).flatMap((m) => m.softwareUpdateDeviceIDs));
  };

  const idsOfBuild = (row: HistoryRow, build: string): readonly string[] => {
    const exact = captured.get(`${row.version} ${build}`);
    if (exact) return sorted(exact);
    const base = row.prerequisiteBuild?.[build];
    if (base !== undefined) return idsOfBuild(rowOf(row.version, base), base);
    const forModels = hardwareBuilds[build];
    if (forModels) return sorted(idsOfModels(forModels));
    if (row.hardwareSpecific) throw new RangeError(`${row.version} ${build} is for some Macs only, and for which?`);
    const elsewhere = new Set(row.builds.flatMap((other) => idsOfModels(hardwareBuilds[other] ?? [])));
    return idsOfMajor(row.major).filter((id) => !elsewhere.has(id));
  };

  const rowOf = (version: string, build: string): HistoryRow => {
    const row = history.find((r) => r.version === version && r.builds.includes(build));
    if (!row) throw new RangeError(`the history has no ${version} ${build}`);
    return row;
  };

  const sets = new Map<string, string>();
  const deviceSets: Record<string, readonly string[]> = {};
  const setOf = (ids: readonly string[], name: string): string => {
    const key = ids.join();
    const known = sets.get(key);
    if (known !== undefined) return known;
    sets.set(key, name);
    deviceSets[name] = ids;
    return name;
  };
  for (const major of new Set(history.map((row) => row.major))) setOf(idsOfMajor(major), major);

  const buildOf = (row: HistoryRow, build: string): CatalogueBuild => {
    const prerequisiteBuild = row.prerequisiteBuild?.[build];
    const ids = idsOfBuild(row, build);
    return {
      build,
      firstSeen: firstSeenOf(row, build),
      devices: setOf(ids, ids.length === 0 ? 'none' : build),
      ...(row.fullInstaller && { installer: true }),
      ...(isCombo(row, build) && { comboPackage: true }),
      ...(prerequisiteBuild !== undefined && { prerequisiteBuild }),
    };
  };

  const releaseOf = (row: HistoryRow): CatalogueRelease => ({
    version: row.version,
    ...(row.versionExtra !== undefined && { versionExtra: row.versionExtra }),
    kind: row.kind,
    released: row.released,
    ...(row.label !== undefined && { label: row.label }),
    builds: row.builds.toSorted(compareBuilds).map((build) => buildOf(row, build)),
  });

  return {
    releases: history.map(releaseOf),
    deviceSets,
    devices: devices
      .map(({ softwareUpdateDeviceID: id, family, modelIdentifiers }) => ({ id, family, models: modelIdentifiers }))
      .toSorted((a, b) => text(a.id, b.id)),
    models: models
      .map((m) => ({ model: m.modelIdentifier, ids: m.softwareUpdateDeviceIDs, majors: m.supportedMajors }))
      .toSorted((a, b) => text(a.model, b.model)),
  };
};

const firstSeenOf = ({ released, gdmf }: HistoryRow, build: string): Instant => {
  const seen = Object.values(gdmf?.[build] ?? {})
    .map((list) => list.firstSeen)
    .sort(text)[0];
  const known = seen !== undefined && seen > RECORD_BEGINS;
  return instant(Date.parse(known ? seen.replace(/Z$/, ':00Z') : `${released}${USUAL_HOUR}`));
};

/** Regular minor releases of 10.13 to 10.15, and reissues that are recorded as one; not what is for some Macs only. */
const isCombo = (row: HistoryRow, build: string): boolean =>
  COMBO_MAJORS.includes(row.major) &&
  hardwareBuilds[build] === undefined &&
  (row.kind === 'minor' || (row.label ?? '').includes('combo package'));

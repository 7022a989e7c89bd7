import { type CivilDate, compareBuilds } from '@managed-os/kernel';
import type { Owed } from './obligations.js';
import type { Maybe, Release } from './plan-input.js';
import { remembered } from './remembered.js';
import { majorCode, type VersionCode, versionCode } from './version-code.js';

/** One version of a sequence: what every entry of it says together. */
export interface Rung {
  readonly code: VersionCode;
  readonly version: string;
  /** The greatest build; null for a version that the catalogue does not know, or knows no build of. */
  readonly build: string | null;
  /** The earliest date among its entries. */
  readonly released: CivilDate;
  readonly installer: boolean;
  readonly comboPackage: boolean;
}

/** The versions of one major that one Mac can get, ascending. */
export type Sequence = readonly Rung[];

/** A sequence of a catalogue, and what every Mac that has it owes, by policy. */
export interface Offer {
  readonly sequence: Sequence;
  /** `automaticObligations` fills it. */
  readonly owed: Map<string, readonly Owed[]>;
}

interface Entry {
  readonly code: VersionCode;
  readonly release: Release;
}

/** Supplemental builds and security responses never count as a newer release (S45, Q21). */
const NOT_A_RELEASE: ReadonlySet<string> = new Set(['supplemental', 'rsr', 'bsi']);

const EVERY_MAC = '';
/** Of one catalogue. Apple has some hundreds of device ids. */
const MOST_OFFERS = 10_000;

/** The releases by major; what they offer is derived once per major and device id. */
export class Catalogue {
  private readonly majors = new Map<VersionCode, Entry[]>();
  private readonly offers = new Map<string, Offer>();
  private readonly highest = new Map<VersionCode, VersionCode>();

  constructor(releases: readonly Release[]) {
    for (const release of releases) {
      const code = versionCode(release.version);
      if (release.kind && NOT_A_RELEASE.has(release.kind)) continue;
      const major = majorCode(code);
      const entries = this.majors.get(major);
      if (entries) entries.push({ code, release });
      else this.majors.set(major, [{ code, release }]);
      this.highest.set(major, Math.max(code, this.highest.get(major) ?? 0));
    }
  }

  /** The highest version of a major for any Mac; 0 when it has none. */
  highestOf(major: VersionCode): VersionCode {
    return this.highest.get(major) ?? 0;
  }

  /** A Mac whose id is unknown can get every release; ids compare exactly. */
  offer(major: VersionCode, deviceId: Maybe<string>): Offer {
    return remembered(this.offers, MOST_OFFERS, `${major} ${deviceId ?? EVERY_MAC}`, () => ({
      sequence: sequenceOf(this.majors.get(major) ?? [], deviceId),
      owed: new Map(),
    }));
  }
}

const sequenceOf = (entries: readonly Entry[], deviceId: Maybe<string>): Sequence => {
  const rungs = new Map<VersionCode, Rung>();
  for (const { code, release } of entries) {
    if (deviceId && release.supportedDevices && !release.supportedDevices.includes(deviceId)) continue;
    const rung: Rung = {
      code,
      version: release.version,
      build: release.build ?? null,
      released: release.released,
      installer: release.installer ?? true,
      comboPackage: release.comboPackage ?? true,
    };
    const other = rungs.get(code);
    rungs.set(code, other ? united(other, rung) : rung);
  }
  return [...rungs.values()].sort((a, b) => a.code - b.code);
};

const united = (a: Rung, b: Rung): Rung => ({
  ...(outranks(a, b) ? a : b),
  released: a.released < b.released ? a.released : b.released,
  installer: a.installer || b.installer,
  comboPackage: a.comboPackage || b.comboPackage,
});

/** The greatest build is kept, whatever order the entries are in; of the same build, the shorter spelling of the version. */
const outranks = (a: Rung, b: Rung): boolean =>
  (compareBuilds(a.build ?? '', b.build ?? '') || b.version.length - a.version.length) >= 0;

interface Kept {
  readonly releases: readonly Release[];
  readonly catalogue: Catalogue;
}

/** A service plans by one array of releases for days, `mos plan` by one per record: a weak map would cost more than it saves. */
const kept: Kept[] = [];
const MOST_KEPT = 16;
let oldest = 0;

/** The catalogue of an array of releases, made once for each of those that were met last. */
export const catalogueOf = (releases: readonly Release[]): Catalogue => {
  for (const known of kept) if (known.releases === releases) return known.catalogue;
  const catalogue = new Catalogue(releases);
  kept[oldest] = { releases, catalogue };
  oldest = (oldest + 1) % MOST_KEPT;
  return catalogue;
};

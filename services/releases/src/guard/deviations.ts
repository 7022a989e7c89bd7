import {
  byBuild,
  type PmvBuild,
  type PmvEntry,
  type PmvImprovement,
  pmvKey,
  type PmvState,
} from '@managed-os/apple-mdm';
import { type CivilDate, majorOf, parseVersion, present, without } from '@managed-os/kernel';
import type { FeedChange } from '../announcing/release.decider.js';

/** A build as it counts today: what was announced of it, and every change that was accepted since. */
export interface KnownBuild {
  readonly version: string;
  readonly build: string;
  readonly os: string;
  readonly kind: string;
  readonly released: CivilDate;
  /** Absent: it counts as made for every Mac. */
  readonly devices?: readonly string[];
  /** Where Apple does not have it any more. */
  readonly left?: 'public' | 'all';
}

/** Where the feed says something else than what counts. */
export interface Deviation {
  readonly change: FeedChange;
  /** vanished, moved_back, devices_removed: what is wrong with it by itself. */
  readonly suspicions: readonly string[];
  /** No obligation rests on it: a build left that newer ones replace on every Mac, or one that had left is there again. */
  readonly routine: boolean;
}

export type KnownBuilds = ReadonlyMap<string, KnownBuild>;

/** Names a deviation: the same until the feed or what counts is another. A build is added once, whoever it is for. */
export const deviationKey = ({ change, version, build, devices, released }: FeedChange): string =>
  [change, version, build, ...(change === 'moved_back' ? [released] : devices)].join(' ');

/**
 * All that the feed says otherwise than what counts, in order of the builds (X14). It is found anew after each body, so that
 * a body that takes something back takes its deviation along.
 */
export const deviationsOf = (
  known: KnownBuilds,
  { builds, improvements, newest }: PmvState,
  today: CivilDate,
): readonly Deviation[] => {
  if (!newest) return [];
  const context: Context = { known, open: newest.public, today };
  const listed = [...builds.values()].sort(byBuild).filter(hasBuild);
  const found = listed.flatMap((build) => ofBuild(build, known.get(pmvKey(build)), context));
  const vanished = new Set(found.filter(isVanished).map(({ change }) => change.os));
  const superseded = listed.flatMap((build) => leftAfterwards(build, known.get(pmvKey(build)), vanished));
  const added = [...improvements.values()].sort(byBuild).flatMap((improvement) => ofImprovement(improvement, context));
  return [...found, ...superseded, ...added];
};

interface Context {
  readonly known: KnownBuilds;
  /** What everybody is offered. */
  readonly open: readonly PmvEntry[];
  readonly today: CivilDate;
}

type Named<B extends { readonly build: string | null }> = B & { readonly build: string };

const hasBuild = <B extends { readonly build: string | null }>(build: B): build is Named<B> => build.build !== null;

const isVanished = ({ suspicions }: Deviation): boolean => suspicions.includes('vanished');

const ofBuild = (listed: Named<PmvBuild>, known: KnownBuild | undefined, context: Context): readonly Deviation[] => {
  if (!known) return unknownBuild(listed, context);
  return [
    ...movedBack(listed, known),
    ...otherDevices(listed, known),
    ...leftFirst(listed, known, context),
    ...returned(listed, known),
  ];
};

const unknownBuild = (listed: Named<PmvBuild>, { known, today }: Context): readonly Deviation[] => {
  if (!listed.wasPublic || listed.listed === 'nowhere') return [];
  const { version, build, publicFor } = listed;
  const kind = kindOf(version, publicFor, known);
  const change = { change: 'release_added', version, build, kind, released: listed.released ?? today };
  return [{ change: changeOf({ ...change, supportedDevices: publicFor }), suspicions: [], routine: false }];
};

/** By the newest body: a date that Apple corrects is no question any more. */
const movedBack = ({ posted }: PmvBuild, known: KnownBuild): readonly Deviation[] =>
  posted !== null && posted < known.released
    ? [suspicious('moved_back', { ...known, released: posted, previousReleased: known.released })]
    : [];

const otherDevices = (listed: PmvBuild, known: KnownBuild): readonly Deviation[] => {
  if (listed.listed !== 'public' || !known.devices) return [];
  const [now, counted] = [new Set(listed.publicFor), new Set(known.devices)];
  const added = listed.publicFor.filter((id) => !counted.has(id));
  // A Mac that the feed never had for a build, and the catalogue has, did not disappear.
  const removed = listed.everPublicFor.filter((id) => counted.has(id) && !now.has(id));
  const build = without(known, 'devices', 'left');
  const change = (name: string, devices: readonly string[], all: readonly string[]): FeedChange =>
    changeOf({ ...build, change: name, devices, supportedDevices: [...all].sort() });
  return [
    ...(added.length > 0
      ? [{ change: change('devices_added', added, [...known.devices, ...added]), suspicions: [], routine: false }]
      : []),
    ...(removed.length > 0
      ? [
          {
            change: change(
              'devices_removed',
              removed,
              known.devices.filter((id) => !removed.includes(id)),
            ),
            suspicions: ['devices_removed'],
            routine: false,
          },
        ]
      : []),
  ];
};

/** A build that was everybody's newest is not any more, or is nowhere at all. */
const leftFirst = (listed: PmvBuild, known: KnownBuild, { open }: Context): readonly Deviation[] => {
  if (!listed.wasPublic || listed.listed === 'public' || known.left) return [];
  const change = listed.listed === 'nowhere' ? 'left_all' : 'left_public';
  return [isReplaced(listed, open) ? routine(change, known) : suspicious(change, known, 'vanished')];
};

/** A build that is listed again left nothing. */
const returned = ({ listed }: PmvBuild, known: KnownBuild): readonly Deviation[] => {
  if (!known.left || listed === 'nowhere') return [];
  if (listed === 'public') return [routine('returned_public', known)];
  return known.left === 'all' ? [routine('returned_all', known)] : [];
};

/**
 * A build that was superseded before ends, 90 days later. While the newest of its major is said to have vanished, that is
 * the question, and nothing is asked of the builds before it.
 */
const leftAfterwards = (
  listed: PmvBuild,
  known: KnownBuild | undefined,
  vanished: ReadonlySet<string>,
): readonly Deviation[] => {
  if (!known || listed.listed !== 'nowhere' || known.left === 'all' || vanished.has(known.os)) return [];
  return listed.wasPublic && !known.left ? [] : [routine('left_all', known)];
};

/** Whether everybody who had it is offered something newer of the same major. */
const isReplaced = (listed: PmvBuild, open: readonly PmvEntry[]): boolean => {
  const newer = open.filter(
    (entry) => majorOf(entry.version) === majorOf(listed.version) && byBuild(entry, listed) > 0,
  );
  const offered = new Set(newer.flatMap(({ devices }) => devices));
  return newer.length > 0 && listed.publicFor.every((id) => offered.has(id));
};

const ofImprovement = (improvement: PmvImprovement, { known, today }: Context): readonly Deviation[] => {
  const { version, build, kind, posted, devices: supportedDevices } = improvement;
  if (build === null || known.has(pmvKey(improvement))) return [];
  const change = changeOf({
    ...{ change: 'release_added', version, build, kind, released: posted ?? today, supportedDevices },
    ...present({
      versionExtra: improvement.versionExtra ?? undefined,
      prerequisiteBuild: improvement.prerequisiteBuild ?? undefined,
    }),
  });
  return [{ change, suspicions: [], routine: false }];
};

type Changed = Pick<FeedChange, 'change' | 'version' | 'build' | 'kind' | 'released'> & Partial<FeedChange>;

const changeOf = (change: Changed): FeedChange => ({
  supportedDevices: [],
  devices: [],
  // Whether there is an installer is another catalogue's knowledge, and never derived.
  ...{ installer: false, comboPackage: false },
  ...change,
  os: majorOf(change.version),
});

type Known = Omit<KnownBuild, 'devices' | 'left'> & { readonly previousReleased?: CivilDate };

const ofKnown = (change: string, { version, build, kind, released, previousReleased }: Known): FeedChange =>
  changeOf({ change, version, build, kind, released, ...present({ previousReleased }) });

const routine = (change: string, known: Known): Deviation => ({
  change: ofKnown(change, known),
  suspicions: [],
  routine: true,
});

const suspicious = (change: string, known: Known, why = change): Deviation => ({
  change: ofKnown(change, known),
  suspicions: [why],
  routine: false,
});

/**
 * What kind of release a build is that nobody has told of. A further build of a version that most of its Macs have already
 * is a supplemental one (S45); for other Macs it is what the version is.
 */
export const kindOf = (version: string, devices: readonly string[], known: KnownBuilds): string => {
  const others = [...known.values()].filter(
    (other) => other.version === version && ['major', 'minor', 'patch'].includes(other.kind),
  );
  const [first] = others;
  if (!first) return kindByNumber(version);
  const had = new Set(others.flatMap((other) => other.devices ?? devices));
  return 2 * devices.filter((id) => had.has(id)).length > devices.length ? 'supplemental' : first.kind;
};

const kindByNumber = (version: string): string => {
  const [first, second, third] = parseVersion(version) ?? [0, 0, 0];
  if (first === 10) return third === 0 ? 'major' : 'minor';
  return third > 0 ? 'patch' : second > 0 ? 'minor' : 'major';
};

import { majorOf } from '@managed-os/kernel';
import {
  byBuild,
  earliestDay,
  type PmvBody,
  type PmvEntry,
  type PmvImprovement,
  pmvKey,
  type PmvRefusal,
} from './pmv.js';

/** What can become of a build from one response to the next; of one build, they are told in this order. */
export const PMV_CHANGES = [
  'release_added',
  'devices_added',
  'devices_removed',
  'left_public',
  'left_all',
  'security_improvement_added',
] as const;

export interface PmvChange {
  readonly change: (typeof PMV_CHANGES)[number];
  readonly version: string;
  readonly build: string | null;
  /** The earliest posting date of this build that any response up to this one gave; null when none gave one. */
  readonly released: string | null;
  /**
   * Whom it concerns. release_added, security_improvement_added: the Macs that it is listed for. devices_added,
   * devices_removed: those that came or went. left_public: whom the public list had it for. left_all: whom the last list
   * had it for.
   */
  readonly devices: readonly string[];
  /** security_improvement_added: the build that it sits on. */
  readonly prerequisiteBuild?: string | null;
}

/** A build that responses have listed. */
export interface PmvBuild {
  readonly version: string;
  readonly build: string | null;
  readonly released: string | null;
  /** The posting date that the newest response gives it; null where it gives none, or has it nowhere. */
  readonly posted: string | null;
  /** The posting date that the first response with one gave it. */
  readonly firstPosted: string | null;
  /** Where the newest response has it. */
  readonly listed: 'public' | 'assets' | 'nowhere';
  /** Whom the public list last had it for; empty for a build that was never public. */
  readonly publicFor: readonly string[];
  /** Everybody whom the public list ever had it for. */
  readonly everPublicFor: readonly string[];
  /** Whom it was last listed for, by whatever list. */
  readonly listedFor: readonly string[];
  /** The public list has had it. */
  readonly wasPublic: boolean;
}

/** All that responses have said so far. */
export interface PmvState {
  readonly builds: ReadonlyMap<string, PmvBuild>;
  readonly improvements: ReadonlyMap<string, PmvImprovement>;
  /** What the newest response lists. */
  readonly newest: PmvBody | undefined;
}

export const NOTHING_LISTED: PmvState = { builds: new Map(), improvements: new Map(), newest: undefined };

export interface TakenPmv {
  readonly state: PmvState;
  readonly changes: readonly PmvChange[];
}

export type FollowedPmv = ({ readonly ok: true } & TakenPmv) | { readonly ok: false; readonly refusal: PmvRefusal };

/** So many majors a list must have had for the loss of most of them to be a fault of the response and not Apple's will. */
const FEWEST_MAJORS = 3;

/**
 * What a response changes, by version, then build, then the order of `PMV_CHANGES`. Order within lists, expiry and posting
 * dates that move later change nothing. Of a response whose assets are all gone at once nothing is taken; one that never had
 * any is as good as others.
 */
export const followPmv = (state: PmvState, body: PmvBody): FollowedPmv => {
  const hadAssets = (state.newest?.assets.length ?? 0) > 0;
  if (hadAssets && body.assets.length === 0)
    return { ok: false, refusal: { reason: 'empty', pointer: '/AssetSets/macOS' } };
  return { ok: true, ...takePmv(state, body) };
};

/** Whether one of a response's lists lost most of its majors at once, which is rather a fault of it than Apple's will. */
export const lostMajors = (state: PmvState, body: PmvBody): PmvRefusal | undefined => {
  const lost = (name: 'public' | 'assets'): boolean => {
    const had = majorsOf(state.newest?.[name] ?? []);
    const has = majorsOf(body[name]);
    const kept = [...had].filter((major) => has.has(major)).length;
    return had.size >= FEWEST_MAJORS && 2 * kept < had.size;
  };
  const list = lost('public') ? 'PublicAssetSets' : lost('assets') ? 'AssetSets' : undefined;
  return list && { reason: 'truncated', pointer: `/${list}/macOS` };
};

/** The same of a response that is known to be whole. */
export const takePmv = (state: PmvState, body: PmvBody): TakenPmv => {
  const [open, assets] = [indexed(body.public), indexed(body.assets)];
  const builds = new Map<string, PmvBuild>();
  const changes: PmvChange[] = [];
  for (const key of new Set([...state.builds.keys(), ...open.keys(), ...assets.keys()])) {
    const before = state.builds.get(key);
    const after = buildOf(before, open.get(key), assets.get(key));
    if (!after) continue;
    builds.set(key, after);
    changes.push(...changesOf(before, after));
  }
  const added = body.improvements.filter((improvement) => !state.improvements.has(pmvKey(improvement)));
  const improvements = new Map(state.improvements);
  for (const improvement of body.improvements) {
    const posted = earliestDay(improvements.get(pmvKey(improvement))?.posted, improvement.posted);
    improvements.set(pmvKey(improvement), { ...improvement, posted });
  }
  return {
    state: { builds, improvements, newest: body },
    changes: [...changes, ...added.map(improvementAdded)].sort(
      (a, b) => byBuild(a, b) || PMV_CHANGES.indexOf(a.change) - PMV_CHANGES.indexOf(b.change),
    ),
  };
};

/**
 * The builds that the newest response dates earlier than `released` says or, where that says nothing, than the first response
 * did: as text, the same as long as these are the same.
 */
export const datedBack = ({ builds }: PmvState, released: ReadonlyMap<string, string> = new Map()): string =>
  [...builds]
    .flatMap(([key, { posted, firstPosted }]) => {
      const known = released.get(key) ?? firstPosted;
      return posted !== null && known !== null && posted < known ? [`${key} ${posted}`] : [];
    })
    .sort()
    .join();

/** Whether two responses list the same, whatever their dates. */
export const samePmv = (a: PmvBody, b: PmvBody): boolean => listedIn(a) === listedIn(b);

/** All that a response lists, without its dates, as text. */
export const listedIn = (body: PmvBody): string =>
  JSON.stringify(
    [body.public, body.assets, body.improvements].map((list) =>
      list.map(({ version, build, devices }) => [version, build, devices]),
    ),
  );

const majorsOf = (list: readonly PmvEntry[]): ReadonlySet<string> =>
  new Set(list.map(({ version }) => majorOf(version)));

const indexed = (list: readonly PmvEntry[]): ReadonlyMap<string, PmvEntry> =>
  new Map(list.map((entry) => [pmvKey(entry), entry]));

const buildOf = (
  before: PmvBuild | undefined,
  open: PmvEntry | undefined,
  asset: PmvEntry | undefined,
): PmvBuild | undefined => {
  const listing = open ?? asset;
  if (!listing) return before && { ...before, posted: null, listed: 'nowhere' };
  const posted = earliestDay(open?.posted, asset?.posted);
  return {
    version: listing.version,
    build: listing.build,
    released: earliestDay(before?.released, posted),
    posted,
    firstPosted: before?.firstPosted ?? posted,
    listed: open ? 'public' : 'assets',
    publicFor: open?.devices ?? before?.publicFor ?? [],
    everPublicFor: [...new Set([...(before?.everPublicFor ?? []), ...(open?.devices ?? [])])].sort(),
    listedFor: listing.devices,
    wasPublic: open !== undefined || (before?.wasPublic ?? false),
  };
};

const changesOf = (before: PmvBuild | undefined, after: PmvBuild): readonly PmvChange[] => {
  const { version, build, released } = after;
  const told = (change: PmvChange['change'], devices: readonly string[]): readonly PmvChange[] => [
    { change, version, build, released, devices },
  ];
  const ifAny = (change: PmvChange['change'], devices: readonly string[]): readonly PmvChange[] =>
    devices.length > 0 ? told(change, devices) : [];
  if (after.listed === 'public') {
    if (!before?.wasPublic) return told('release_added', after.publicFor);
    return [
      ...ifAny('devices_added', missingIn(before.publicFor, after.publicFor)),
      ...ifAny('devices_removed', missingIn(after.publicFor, before.publicFor)),
    ];
  }
  return [
    ...(before?.listed === 'public' ? told('left_public', before.publicFor) : []),
    ...(before && before.listed !== 'nowhere' && after.listed === 'nowhere' ? told('left_all', before.listedFor) : []),
  ];
};

/** Those of `all` that `some` does not have. */
const missingIn = (some: readonly string[], all: readonly string[]): readonly string[] => {
  const there = new Set(some);
  return all.filter((id) => !there.has(id));
};

const improvementAdded = ({ version, build, posted, devices, prerequisiteBuild }: PmvImprovement): PmvChange => ({
  change: 'security_improvement_added',
  version,
  build,
  released: posted,
  devices,
  prerequisiteBuild,
});

import { compareBuilds, compareVersions, isCivilDate } from '@managed-os/kernel';
import { type Path, pointer } from './plist/refusal.js';

/** What one list of Apple's software lookup service says of one build of macOS. */
export interface PmvEntry {
  readonly version: string;
  /** Null in responses of the years before builds were listed. */
  readonly build: string | null;
  /** The earliest posting date that the list gives it, a day in UTC; null where it gives none. */
  readonly posted: string | null;
  /** The latest expiry that the list gives it. It slides every day and means nothing for what is listed. */
  readonly expires: string | null;
  /** Software-update device ids, each once, in the order of their text. */
  readonly devices: readonly string[];
}

/** A rapid security response or a background security improvement. */
export interface PmvImprovement extends PmvEntry {
  readonly kind: 'rsr' | 'bsi';
  /** The suffix, `(a)`. */
  readonly versionExtra: string | null;
  /** The very build that it sits on. */
  readonly prerequisiteBuild: string | null;
}

/** A response, as far as it is about macOS: each build once in a list, by version and build. */
export interface PmvBody {
  /** The newest offer of each major, and of each forked build. */
  readonly public: readonly PmvEntry[];
  /** Everything that a device management service may still install; `public` is a part of it. */
  readonly assets: readonly PmvEntry[];
  readonly improvements: readonly PmvImprovement[];
}

export const PMV_REFUSALS = ['empty', 'truncated', 'malformed', 'too_large'] as const;

/** Why nothing of a response is taken. */
export interface PmvRefusal {
  readonly reason: (typeof PMV_REFUSALS)[number];
  /** JSON pointer of what is at fault; empty for the whole of it. */
  readonly pointer: string;
}

export type ParsedPmv =
  { readonly ok: true; readonly body: PmvBody } | { readonly ok: false; readonly refusal: PmvRefusal };

/** In characters or bytes. Responses had 60 kB in 2026, with all of Apple's platforms some hundreds. */
export const LARGEST_PMV = 8 << 20;

const VERSION = /^\d{1,5}(\.\d{1,5}){0,2}$/;
const LONGEST_TEXT = 100;
/** What the list of security improvements was called until October 2025, and is called since. */
const IMPROVEMENTS = [
  ['PublicRapidSecurityResponses', 'rsr'],
  ['PublicBackgroundSecurityImprovements', 'bsi'],
] as const;

class Fault extends Error {
  override readonly name = 'Fault';
  readonly code = 'fault';

  constructor(readonly refusal: PmvRefusal) {
    super(refusal.reason);
  }
}

/**
 * Reads a response. Total: any text gives a body or the reason why nothing of it is taken. An entry that cannot be read
 * refuses all of it, because an entry that is left out would look like one that Apple took away.
 */
export const parsePmv = (text: string, largest = LARGEST_PMV): ParsedPmv => {
  try {
    return { ok: true, body: read(text, largest) };
  } catch (error) {
    if (error instanceof Fault) return { ok: false, refusal: error.refusal };
    throw error;
  }
};

const fault = (reason: PmvRefusal['reason'], path: Path): never => {
  throw new Fault({ reason, pointer: pointer(path) });
};

const read = (text: string, largest: number): PmvBody => {
  if (text.length > largest) return fault('too_large', []);
  const root = objectOf(parseJson(text), []);
  const list = (name: string): readonly PmvEntry[] => united(listOf(root, name).map((item) => entryOf(item)));
  const [open, assets] = [list('PublicAssetSets'), list('AssetSets')];
  if (open.length === 0) return fault('empty', ['PublicAssetSets', 'macOS']);
  const improvements = IMPROVEMENTS.flatMap(([name, kind]) =>
    listOf(root, name).map((item) => improvementOf(item, kind)),
  );
  return { public: open, assets, improvements: united(improvements) };
};

const parseJson = (text: string): unknown => {
  if (text.trim() === '') return fault('empty', []);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return fault(isCutOff(text) ? 'truncated' : 'malformed', []);
  }
};

/** Whether a text ends within a string, an array or an object: the rest of it is missing. */
const isCutOff = (text: string): boolean => {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (quoted && char === '\\') i += 1;
    else if (char === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') depth -= 1;
  }
  return quoted || depth > 0;
};

type Json = Readonly<Record<string, unknown>>;

interface Item {
  readonly at: Path;
  readonly value: Json;
}

const objectOf = (value: unknown, at: Path): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : fault('malformed', at);

const fieldOf = (value: Json, name: string): unknown => (Object.hasOwn(value, name) ? value[name] : undefined);

/** The entries for macOS of a list; a list that is missing, or has no macOS, has none. */
const listOf = (root: Json, name: string): readonly Item[] => {
  const platforms = fieldOf(root, name) ?? undefined;
  if (platforms === undefined) return [];
  const entries = fieldOf(objectOf(platforms, [name]), 'macOS') ?? [];
  if (!Array.isArray(entries)) return fault('malformed', [name, 'macOS']);
  return entries.map((value: unknown, i) => ({ at: [name, 'macOS', i], value: objectOf(value, [name, 'macOS', i]) }));
};

const entryOf = ({ at, value }: Item): PmvEntry => {
  const version = textAt(value, 'ProductVersion', at) ?? fault('malformed', [...at, 'ProductVersion']);
  if (!VERSION.test(version)) return fault('malformed', [...at, 'ProductVersion']);
  const posted = textAt(value, 'PostingDate', at);
  if (posted !== null && !isCivilDate(posted)) return fault('malformed', [...at, 'PostingDate']);
  const expires = fieldOf(value, 'ExpirationDate');
  return {
    version,
    build: textAt(value, 'Build', at),
    posted,
    expires: typeof expires === 'string' && isCivilDate(expires) ? expires : null,
    devices: devicesOf(value, at),
  };
};

const improvementOf = (item: Item, kind: PmvImprovement['kind']): PmvImprovement => ({
  ...entryOf(item),
  kind,
  versionExtra: textAt(item.value, 'ProductVersionExtra', item.at),
  prerequisiteBuild: textAt(item.value, 'PrerequisiteBuild', item.at),
});

const isShortText = (value: unknown): value is string =>
  // Written to databases and subjects: no control characters, no half of a surrogate pair.
  typeof value === 'string' && value.length <= LONGEST_TEXT && !/[\p{Cc}\p{Cs}]/u.test(value);

/** Null where it is missing or blank. */
const textAt = (from: Json, name: string, at: Path): string | null => {
  const value = fieldOf(from, name) ?? '';
  return isShortText(value) ? value.trim() || null : fault('malformed', [...at, name]);
};

const devicesOf = (from: Json, at: Path): readonly string[] => {
  const path = [...at, 'SupportedDevices'];
  const value = fieldOf(from, 'SupportedDevices') ?? [];
  if (!Array.isArray(value)) return fault('malformed', path);
  const ids = value.map((id: unknown, i) => (isShortText(id) && id !== '' ? id : fault('malformed', [...path, i])));
  return sortedSet(ids);
};

const sortedSet = (ids: readonly string[]): readonly string[] => [...new Set(ids)].sort();

/** Names a build: what is said under the same name is about the same. */
export const pmvKey = ({ version, build }: Pick<PmvEntry, 'version' | 'build'>): string => `${version} ${build ?? ''}`;

export const byBuild = (a: Pick<PmvEntry, 'version' | 'build'>, b: Pick<PmvEntry, 'version' | 'build'>): number =>
  compareVersions(a.version, b.version) ||
  compareBuilds(a.build ?? '', b.build ?? '') ||
  Number(pmvKey(a) > pmvKey(b)) - Number(pmvKey(a) < pmvKey(b));

/** Each build once: all of its devices, the earliest posting date, the latest expiry. */
const united = <E extends PmvEntry>(entries: readonly E[]): readonly E[] => {
  const builds = new Map<string, E>();
  for (const entry of entries) {
    const known = builds.get(pmvKey(entry));
    builds.set(pmvKey(entry), known ? unite(known, entry) : entry);
  }
  return [...builds.values()].sort(byBuild);
};

const unite = <E extends PmvEntry>(a: E, b: E): E => ({
  ...a,
  posted: earliestDay(a.posted, b.posted),
  expires: a.expires !== null && b.expires !== null && b.expires < a.expires ? a.expires : (b.expires ?? a.expires),
  devices: sortedSet([...a.devices, ...b.devices]),
});

/** Days sort as text; null is no day. */
export const earliestDay = (...days: readonly (string | null | undefined)[]): string | null =>
  days.reduce<string | null>((first, day) => (day && (first === null || day < first) ? day : first), null);

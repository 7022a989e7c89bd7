import {
  type CivilDate,
  instant,
  isCivilDate,
  isTimeOfDay,
  isZone,
  majorOf,
  OS_MAJORS,
  PERIODS,
} from '@managed-os/kernel';
import {
  BOOLEAN,
  type Blame,
  type Fault,
  type Fields,
  isMissing,
  type Kind,
  LIST,
  OBJECT,
  oneOf,
  optional,
  required,
  shown,
  TEXT,
  textThat,
} from './json-fields.js';
import type { DeviceFacts, Enforcement, Item, PlanInput, PolicyClock, Release, Settings } from './plan-input.js';
import { readVersion } from './version-code.js';

export type PlanInputReading =
  | { readonly kind: 'input'; readonly input: PlanInput }
  /** In the order of section 6's example; never empty. */
  | { readonly kind: 'faults'; readonly faults: readonly Fault[] };

/**
 * Reads an input of `plan` out of any JSON value: section 6 of the specification, where null means missing and fields that
 * it does not name are nobody's business. Total. An architecture or a version of the Mac that says nothing is no fault: it
 * counts as unknown.
 */
export const readPlanInput = (json: unknown): PlanInputReading => {
  const faults: Fault[] = [];
  const blame: Blame = (pointer, error) => void faults.push({ pointer, error });
  if (!OBJECT.is(json)) {
    blame('', `must be an object, not ${shown(json)}`);
    return { kind: 'faults', faults };
  }
  const now = required(json, 'now', INSTANT, '', blame);
  const device = readDevice(json, blame);
  const item = readItem(json, blame);
  const releases = readReleases(json, blame);
  const settings = readSettings(json, blame);
  if (now !== undefined && item !== undefined && faults.length === 0)
    return { kind: 'input', input: { now: instant(Date.parse(now)), device, item, releases, settings } };
  return { kind: 'faults', faults };
};

/** So that the day of any window's end, and midnight there in any zone, is one of four-digit years. */
const [FIRST_DAY, LAST_DAY, LAST_RELEASE] = ['1000-01-01', '9999-12-30', '9999-09-29'];
const isDay = (text: string, last = LAST_DAY): text is CivilDate =>
  isCivilDate(text) && FIRST_DAY <= text && text <= last;
const MOMENT = /^.{10}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

const INSTANT = textThat(
  (text) => MOMENT.test(text) && isDay(text.slice(0, 10)),
  'an instant such as 2022-03-01T12:00:00Z',
);
const DAY = textThat((text) => isDay(text), `a day of the calendar from ${FIRST_DAY} to ${LAST_DAY}`);
const RELEASE_DAY = textThat(
  (text) => isDay(text, LAST_RELEASE),
  `a day of the calendar from ${FIRST_DAY} to ${LAST_RELEASE}`,
);
const TIME = textThat(isTimeOfDay, 'a time of day from 00:00 to 23:59, HH:MM');
const ZONE = textThat(isZone, 'an IANA time zone such as Europe/Paris');
const VERSION = textThat((text) => readVersion(text) !== undefined, 'a macOS version such as 12.5.1');
const WINDOW = oneOf(PERIODS);
const MODE = oneOf(['do_not_manage', 'automatic', 'manual']);
const OS = oneOf(OS_MAJORS);
const RELEASE_KIND = oneOf(['major', 'minor', 'patch', 'supplemental', 'rsr', 'bsi']);

const textOrUnknown = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const NOTHING: Fields = {};

const readDevice = (root: Fields, blame: Blame): DeviceFacts => {
  const at = '/device';
  const fields = optional(root, 'device', OBJECT, '', blame) ?? NOTHING;
  return {
    architecture: textOrUnknown(fields['architecture']),
    osVersion: textOrUnknown(fields['osVersion']),
    osBuild: optional(fields, 'osBuild', TEXT, at, blame),
    softwareUpdateDeviceId: optional(fields, 'softwareUpdateDeviceId', TEXT, at, blame),
    supervised: optional(fields, 'supervised', BOOLEAN, at, blame),
    mdmEnrolled: optional(fields, 'mdmEnrolled', BOOLEAN, at, blame),
    agentInstalled: optional(fields, 'agentInstalled', BOOLEAN, at, blame),
    bootstrapTokenEscrowed: optional(fields, 'bootstrapTokenEscrowed', BOOLEAN, at, blame),
    timeZone: optional(fields, 'timeZone', ZONE, at, blame),
  };
};

const readItem = (root: Fields, blame: Blame): Item | undefined => {
  const fields = required(root, 'item', OBJECT, '', blame);
  if (!fields) return undefined;
  const os = required(fields, 'os', OS, '/item', blame);
  const policy = required(fields, 'enforcement', OBJECT, '/item', blame);
  const enforcement = policy && readEnforcement(policy, os, '/item/enforcement', blame);
  return os && enforcement && { os, enforcement };
};

/** Only the fields of its mode count. */
const readEnforcement = (fields: Fields, os: string | undefined, at: string, blame: Blame): Enforcement | undefined => {
  const mode = required(fields, 'mode', MODE, at, blame);
  switch (mode) {
    case undefined:
    case 'do_not_manage':
      return mode && { mode };
    case 'automatic': {
      const window = required(fields, 'window', WINDOW, at, blame);
      const time = required(fields, 'time', TIME, at, blame);
      const clock = readClock(fields, at, blame);
      return window && time && clock ? { mode, window, time, clock } : undefined;
    }
    case 'manual': {
      const minimumVersion = required(fields, 'minimumVersion', os === undefined ? VERSION : versionOf(os), at, blame);
      const deadlineDate = required(fields, 'deadlineDate', DAY, at, blame);
      const time = required(fields, 'time', TIME, at, blame);
      const clock = readClock(fields, at, blame);
      return minimumVersion && deadlineDate && time && clock
        ? { mode, minimumVersion: bare(minimumVersion), deadlineDate, time, clock }
        : undefined;
    }
  }
};

/** A suffix such as ` (a)` is ignored. */
const bare = (version: string): string => {
  const suffix = version.indexOf('(');
  return (suffix < 0 ? version : version.slice(0, suffix)).trim();
};

const versionOf = (os: string): Kind<string> =>
  textThat((text) => VERSION.is(text) && majorOf(text) === os, `a version of macOS ${os}, the item's os`);

const readClock = (policy: Fields, parent: string, blame: Blame): PolicyClock | undefined => {
  const at = `${parent}/clock`;
  const fields = required(policy, 'clock', OBJECT, parent, blame);
  if (!fields) return undefined;
  const [named, local] = [!isMissing(fields['zone']), fields['deviceLocal'] === true];
  if (named && local) return blame(at, 'must have a zone or deviceLocal, not both');
  const zone = optional(fields, 'zone', ZONE, at, blame);
  const deviceLocal = optional(fields, 'deviceLocal', BOOLEAN, at, blame);
  if (named) return zone === undefined ? undefined : { zone };
  if (deviceLocal) return { deviceLocal };
  return isMissing(fields['deviceLocal']) || deviceLocal === false
    ? blame(at, 'must be {"zone": "<IANA name>"} or {"deviceLocal": true}')
    : undefined;
};

const NONE: readonly Release[] = [];

/** The records of a fleet name one catalogue, and what is derived from an array of releases is derived once. */
let last = NONE;

const readReleases = (root: Fields, blame: Blame): readonly Release[] => {
  const list = optional(root, 'releases', LIST, '', blame);
  if (!list) return NONE;
  if (list.length === last.length && list.every((entry, index) => says(entry, last[index]))) return last;
  const releases: Release[] = [];
  for (const [index, entry] of list.entries()) {
    const release = readRelease(entry, `/releases/${index}`, blame);
    if (release) releases.push(release);
  }
  if (releases.length === list.length) last = releases;
  return releases;
};

/** Whether reading the entry would give this. */
const says = (entry: unknown, release: Release | undefined): boolean =>
  OBJECT.is(entry) &&
  release !== undefined &&
  entry['version'] === release.version &&
  entry['released'] === release.released &&
  (entry['build'] ?? undefined) === release.build &&
  (entry['kind'] ?? undefined) === release.kind &&
  (entry['installer'] ?? undefined) === release.installer &&
  (entry['comboPackage'] ?? undefined) === release.comboPackage &&
  sameTexts(entry['supportedDevices'] ?? undefined, release.supportedDevices);

const sameTexts = (value: unknown, texts: Release['supportedDevices']): boolean =>
  value === texts ||
  (Array.isArray(value) &&
    value.length === texts?.length &&
    texts.every((text, index) => text === (value as readonly unknown[])[index]));

const readRelease = (entry: unknown, at: string, blame: Blame): Release | undefined => {
  if (!OBJECT.is(entry)) return blame(at, `must be an object, not ${shown(entry)}`);
  const version = required(entry, 'version', VERSION, at, blame);
  const build = optional(entry, 'build', TEXT, at, blame);
  const released = required(entry, 'released', RELEASE_DAY, at, blame);
  const kind = optional(entry, 'kind', RELEASE_KIND, at, blame);
  const supportedDevices = readSupportedDevices(entry, at, blame);
  const installer = optional(entry, 'installer', BOOLEAN, at, blame);
  const comboPackage = optional(entry, 'comboPackage', BOOLEAN, at, blame);
  return version && released
    ? { version: bare(version), build, released, kind, supportedDevices, installer, comboPackage }
    : undefined;
};

const isTextList = (list: readonly unknown[]): list is readonly string[] =>
  list.every((entry) => typeof entry === 'string');

const readSupportedDevices = (release: Fields, parent: string, blame: Blame): readonly string[] | undefined => {
  const list = optional(release, 'supportedDevices', LIST, parent, blame);
  if (!list || isTextList(list)) return list;
  const wrong = list.findIndex((entry) => typeof entry !== 'string');
  return blame(`${parent}/supportedDevices/${wrong}`, `must be a text, not ${shown(list[wrong])}`);
};

const readSettings = (root: Fields, blame: Blame): Settings => {
  const fields = optional(root, 'settings', OBJECT, '', blame) ?? NOTHING;
  return {
    rescueWithFullInstaller: optional(fields, 'rescueWithFullInstaller', BOOLEAN, '/settings', blame),
    twoStepUpgrade: optional(fields, 'twoStepUpgrade', BOOLEAN, '/settings', blame),
  };
};

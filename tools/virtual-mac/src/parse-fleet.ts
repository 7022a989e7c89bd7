import { type Instant, isTimeOfDay, isZone, parseInstant, parseVersion } from '@managed-os/kernel';
import { digestOf, uuidFrom } from './chance.js';
import {
  ARCHITECTURES,
  type AwakeHours,
  FAILING_ACTIONS,
  type Failure,
  FAILURE_STATUSES,
  type Fleet,
  type Mac,
  type Release,
} from './fleet.js';
import { Reader } from './reader.js';

export interface FleetProblem {
  /** `macs[3].zone` */
  readonly field: string;
  readonly message: string;
}

/** The file is not a fleet; `problems` names every field that is wrong, not only the first. */
export class FleetUnreadable extends Error {
  override readonly name = 'FleetUnreadable';
  readonly code = 'fleet-unreadable';

  constructor(readonly problems: readonly FleetProblem[]) {
    super(['the fleet file cannot be used:', ...problems.map((p) => `  ${p.field}: ${p.message}`)].join('\n'));
  }
}

/** Parses a fleet file (JSON, already decoded). Throws `FleetUnreadable`. */
export const parseFleet = (file: unknown): Fleet => {
  const problems: FleetProblem[] = [];
  const root = new Reader(file, '', problems).only('seed', 'topic', 'releases', 'defaults', 'macs');
  const seed = root.text('seed', 'managed-os');
  const releases = root.items('releases', []).map(releaseOf);
  noRepeats(
    releases.map((release) => release.version),
    'releases',
    'version',
    problems,
  );
  const defaults = root.child('defaults', {});
  const topic = root.text('topic', `com.apple.mgmt.External.${uuidFrom(`${seed}/topic`).toLowerCase()}`);
  if (!topic.startsWith('com.apple.mgmt.'))
    problems.push({ field: 'topic', message: 'must start with com.apple.mgmt.' });
  const macs = root.items('macs').map((item) => ({
    topic,
    ...macOf(item.over(defaults), releases, seed, problems),
  }));
  if (macs.length === 0) problems.push({ field: 'macs', message: 'has no Mac in it' });
  for (const key of ['name', 'serial', 'udid'] as const)
    noRepeats(
      macs.map((mac) => mac[key]),
      'macs',
      key,
      problems,
    );
  if (problems.length > 0) throw new FleetUnreadable(problems);
  return { macs };
};

const releaseOf = (item: Reader): Release => {
  item.only('version', 'build', 'released', 'sizeMb', 'withdrawn');
  const withdrawn = item.optional('withdrawn', (key) => instantAt(item, key));
  return {
    version: versionAt(item, 'version'),
    build: buildAt(item, 'build'),
    released: instantAt(item, 'released'),
    sizeMb: item.number('sizeMb', 1),
    ...(withdrawn === undefined ? {} : { withdrawn }),
  };
};

const MAC_KEYS = [
  ...['name', 'serial', 'udid', 'model', 'modelName', 'softwareUpdateDeviceId', 'architecture', 'osVersion', 'osBuild'],
  ...['zone', 'bootstrapToken', 'supervised', 'awake', 'freeDiskGb', 'diskFreed', 'downloadMegabitsPerSecond'],
  ...['flakyReports', 'alreadyCached', 'notNow', 'failures', 'offered'],
];

const macOf = (
  item: Reader,
  releases: readonly Release[],
  seed: string,
  problems: FleetProblem[],
): Omit<Mac, 'topic'> => {
  item.only(...MAC_KEYS);
  const serial = item.matching('serial', /^[A-Za-z0-9-]{1,32}$/, 'letters, digits and hyphens, at most 32');
  const architecture = item.oneOf('architecture', ARCHITECTURES);
  const model = item.matching('model', /^[A-Za-z]+\d+,\d+$/, 'a model identifier such as MacBookPro18,3');
  const zone = item.text('zone', 'UTC');
  if (!isZone(zone)) item.problem('zone', `${JSON.stringify(zone)} is not an IANA time zone`);
  const diskFreed = item.optional('diskFreed', (key) => {
    const freed = item.child(key).only('at', 'freeDiskGb');
    return { at: instantAt(freed, 'at'), freeDiskGb: freed.number('freeDiskGb', 0) };
  });
  const notNow = item.child('notNow', {}).only('first', 'minutes');
  return {
    chance: `${seed}/${serial}`,
    name: item.text('name', serial),
    serial,
    udid: item.matching('udid', /^[A-Za-z0-9-]{8,64}$/, 'a UDID', udidOf(seed, serial, architecture)),
    model,
    modelName: item.text('modelName', modelNameOf(model)),
    softwareUpdateDeviceId: item.text('softwareUpdateDeviceId'),
    architecture,
    osVersion: versionAt(item, 'osVersion'),
    osBuild: buildAt(item, 'osBuild'),
    zone,
    bootstrapToken: item.flag('bootstrapToken', true),
    supervised: item.flag('supervised', true),
    awake: awakeOf(item),
    freeDiskGb: item.number('freeDiskGb', 0, 120),
    ...(diskFreed === undefined ? {} : { diskFreed }),
    downloadMegabitsPerSecond: item.number('downloadMegabitsPerSecond', 0.1, 40),
    flakyReports: item.flagOr('flakyReports', ['still', 'vanishing'] as const, false),
    alreadyCached: cachedOf(item),
    notNow: { first: notNow.number('first', 0, 0), minutes: notNow.number('minutes', 1, 15) },
    failures: item.items('failures', []).map(failureOf),
    releases: offeredOf(item, releases, problems),
  };
};

const failureOf = (item: Reader): Failure => {
  item.only('action', 'status', 'times');
  return {
    action: item.oneOf('action', FAILING_ACTIONS),
    status: item.oneOf('status', FAILURE_STATUSES),
    times: item.number('times', 1, 1),
  };
};

const awakeOf = (item: Reader): 'always' | AwakeHours => {
  if (item.peek('awake') === undefined || item.peek('awake') === 'always') return 'always';
  const hours = item.child('awake').only('from', 'to', 'days');
  const [from, to] = [hours.text('from'), hours.text('to')];
  for (const [key, value] of [
    ['from', from],
    ['to', to],
  ] as const) {
    if (!isTimeOfDay(value)) hours.problem(key, `${JSON.stringify(value)} is not a time of day, HH:MM`);
  }
  if (from === to) hours.problem('to', 'must differ from `from`; leave `awake` out for a Mac that never sleeps');
  const days = hours.numbers('days', [1, 2, 3, 4, 5, 6, 7]);
  if (days.length === 0 || days.some((day) => !Number.isInteger(day) || day < 1 || day > 7)) {
    hours.problem('days', 'must be days of the week, 1 (Monday) to 7 (Sunday)');
  }
  return { from, to, days };
};

const cachedOf = (item: Reader): boolean | readonly string[] =>
  Array.isArray(item.peek('alreadyCached')) ? item.texts('alreadyCached') : item.flag('alreadyCached', false);

const offeredOf = (item: Reader, releases: readonly Release[], problems: FleetProblem[]): readonly Release[] => {
  if (item.peek('offered') === undefined) return releases;
  return item.texts('offered').flatMap((version) => {
    const release = releases.find((candidate) => candidate.version === version);
    if (!release) problems.push({ field: `${item.at}.offered`, message: `${version} is not in the list of releases` });
    return release ? [release] : [];
  });
};

const versionAt = (item: Reader, key: string): string => {
  const version = item.text(key);
  if (!parseVersion(version)) item.problem(key, `${JSON.stringify(version)} is not a macOS version`);
  return version;
};

const buildAt = (item: Reader, key: string): string =>
  item.matching(key, /^\d+[A-Z]\d+[a-z]?$/, 'a build such as 21G115');

const instantAt = (item: Reader, key: string): Instant => {
  const found = parseInstant(item.text(key));
  if (!found) item.problem(key, `${JSON.stringify(item.peek(key))} is not an instant such as 2022-09-12T17:00:00Z`);
  return found ?? ('' as Instant);
};

const noRepeats = (values: readonly string[], list: string, key: string, problems: FleetProblem[]): void =>
  values.forEach((value, index) => {
    const first = values.indexOf(value);
    if (first < index && value !== '') {
      problems.push({ field: `${list}[${index}].${key}`, message: `${value} is already that of ${list}[${first}]` });
    }
  });

/** Apple silicon: `00008103-0012345678ABCDEF`; Intel: the shape of a UUID. */
const udidOf = (seed: string, serial: string, architecture: string): string => {
  const source = `${seed}/${serial}/udid`;
  return architecture === 'intel' ? uuidFrom(source) : `00008103-${digestOf(source).slice(0, 16)}`;
};

const modelNameOf = (model: string): string => {
  const family = /^[A-Za-z]+/.exec(model)?.[0] ?? 'Mac';
  const names: Record<string, string> = { MacBookPro: 'MacBook Pro', MacBookAir: 'MacBook Air', Macmini: 'Mac mini' };
  return names[family] ?? family;
};

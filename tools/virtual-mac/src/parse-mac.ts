import { isTimeOfDay, isZone } from '@managed-os/kernel';
import {
  ARCHITECTURES,
  type Battery,
  EVENTS,
  FAILING_ACTIONS,
  type Failure,
  FAILURE_STATUSES,
  type LifeEvent,
  type Mac,
  type Release,
  type User,
  USER_CHANNELS,
  type WeeklyHours,
} from './fleet.js';
import { udidFrom } from './lives.js';
import type { FleetProblem } from './parse-fleet.js';
import { buildAt, instantAt, versionAt } from './parse-release.js';
import type { Reader } from './reader.js';

const MAC_KEYS = [
  ...['name', 'serial', 'udid', 'model', 'modelName', 'softwareUpdateDeviceId', 'architecture', 'osVersion', 'osBuild'],
  ...['zone', 'tellsZone', 'bootstrapToken', 'supervised', 'awake', 'powerNap', 'battery', 'user'],
  ...['freeDiskGb', 'diskFreed', 'downloadMegabitsPerSecond', 'flakyReports', 'alreadyCached', 'notNow'],
  ...['failures', 'offered', 'events'],
];

/** One entry of `macs` with the file's defaults below it. */
export const macOf = (
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
  const modelName = item.text('modelName', modelNameOf(model));
  const battery = batteryOf(item, modelName);
  const notNow = item.child('notNow', {}).only('first', 'minutes');
  return {
    chance: `${seed}/${serial}`,
    life: 0,
    events: eventsOf(item),
    name: item.text('name', serial),
    serial,
    udid: item.matching('udid', /^[A-Za-z0-9-]{8,64}$/, 'a UDID', udidFrom(`${seed}/${serial}/udid`, architecture)),
    model,
    modelName,
    softwareUpdateDeviceId: item.text('softwareUpdateDeviceId'),
    architecture,
    osVersion: versionAt(item, 'osVersion'),
    osBuild: buildAt(item, 'osBuild'),
    zone,
    tellsZone: item.flag('tellsZone', true),
    bootstrapToken: item.flag('bootstrapToken', true),
    supervised: item.flag('supervised', true),
    awake: hoursOf(item, 'awake', ['always'] as const, 'always'),
    powerNap: item.flag('powerNap', false),
    ...(battery === undefined ? {} : { battery }),
    user: userOf(item),
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

/** One of `words`, or hours of the week. */
const hoursOf = <const T extends readonly [string, ...string[]]>(
  item: Reader,
  key: string,
  words: T,
  fallback: T[number],
): T[number] | WeeklyHours => {
  const value = item.peek(key);
  if (value === undefined) return fallback;
  if (typeof value === 'string') return item.oneOf(key, words);
  const hours = item.child(key).only('from', 'to', 'days');
  const [from, to] = [hours.text('from'), hours.text('to')];
  for (const [name, time] of [
    ['from', from],
    ['to', to],
  ] as const) {
    if (!isTimeOfDay(time)) hours.problem(name, `${JSON.stringify(time)} is not a time of day, HH:MM`);
  }
  if (from === to) hours.problem('to', `must differ from \`from\`; \`${key}\` can be ${words.join(' or ')} instead`);
  const days = hours.numbers('days', [1, 2, 3, 4, 5, 6, 7]);
  if (days.length === 0 || days.some((day) => !Number.isInteger(day) || day < 1 || day > 7)) {
    hours.problem('days', 'must be days of the week, 1 (Monday) to 7 (Sunday)');
  }
  return { from, to, days };
};

/** Every MacBook has one; another Mac has one when the file says so, for its name may be missing. */
const batteryOf = (item: Reader, modelName: string): Battery | undefined => {
  if (item.peek('battery') === undefined && !modelName.startsWith('MacBook')) return undefined;
  const battery = item.child('battery', {}).only('pluggedIn', 'level');
  const level = battery.number('level', 0, 0.87);
  if (level > 1) battery.problem('level', 'must be from 0 to 1');
  return { pluggedIn: hoursOf(battery, 'pluggedIn', ['always', 'never'] as const, 'always'), level };
};

const userOf = (item: Reader): User => {
  const user = item
    .child('user', {})
    .only('shortName', 'longName', 'channel', 'authorizesAfterHours', 'updatesAfterHours');
  const channel = user.optional('channel', (key) => user.oneOf(key, USER_CHANNELS));
  const [authorizes, updates] = (['authorizesAfterHours', 'updatesAfterHours'] as const).map((key) =>
    user.optional(key, () => user.number(key, 0)),
  );
  return {
    shortName: user.text('shortName', 'ada'),
    longName: user.text('longName', 'Ada Lovelace'),
    ...(channel === undefined ? {} : { channel }),
    ...(authorizes === undefined ? {} : { authorizesAfterHours: authorizes }),
    ...(updates === undefined ? {} : { updatesAfterHours: updates }),
  };
};

const eventsOf = (item: Reader): readonly LifeEvent[] => {
  const events = item.items('events', []).map((event) => {
    event.only('at', 'what', 'checkOut');
    return { at: instantAt(event, 'at'), what: event.oneOf('what', EVENTS), checkOut: event.flag('checkOut', false) };
  });
  if (events.some(({ at }, index) => index > 0 && at <= (events[index - 1]?.at ?? at))) {
    item.problem('events', 'must be in the order in which they happen');
  }
  return events;
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

const modelNameOf = (model: string): string => {
  const family = /^[A-Za-z]+/.exec(model)?.[0] ?? 'Mac';
  const names: Record<string, string> = { MacBookPro: 'MacBook Pro', MacBookAir: 'MacBook Air', Macmini: 'Mac mini' };
  return names[family] ?? family;
};

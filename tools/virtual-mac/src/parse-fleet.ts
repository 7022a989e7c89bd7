import { uuidFrom } from './chance.js';
import type { Fleet } from './fleet.js';
import { macOf } from './parse-mac.js';
import { releaseOf } from './parse-release.js';
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

const noRepeats = (values: readonly string[], list: string, key: string, problems: FleetProblem[]): void =>
  values.forEach((value, index) => {
    const first = values.indexOf(value);
    if (first < index && value !== '') {
      problems.push({ field: `${list}[${index}].${key}`, message: `${value} is already that of ${list}[${first}]` });
    }
  });

import { type Instant, parseInstant, parseVersion } from '@managed-os/kernel';
import type { Release } from './fleet.js';
import type { Reader } from './reader.js';

export const releaseOf = (item: Reader): Release => {
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

export const versionAt = (item: Reader, key: string): string => {
  const version = item.text(key);
  if (!parseVersion(version)) item.problem(key, `${JSON.stringify(version)} is not a macOS version`);
  return version;
};

export const buildAt = (item: Reader, key: string): string =>
  item.matching(key, /^\d+[A-Z]\d+[a-z]?$/, 'a build such as 21G115');

export const instantAt = (item: Reader, key: string): Instant => {
  const found = parseInstant(item.text(key));
  if (!found) item.problem(key, `${JSON.stringify(item.peek(key))} is not an instant such as 2022-09-12T17:00:00Z`);
  return found ?? ('' as Instant);
};

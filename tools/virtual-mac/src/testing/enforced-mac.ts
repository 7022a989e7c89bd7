import type { Instant } from '@managed-os/kernel';
import { ENFORCEMENT, SUBSCRIPTIONS } from '../declarations/schema.js';
import { isJsonDict, type Json, type JsonDict } from '../json.js';
import { aSonomaMac, DeclaredMac } from './declared-mac.js';

export const HOUR = 60;
export const DAY = 24 * HOUR;
const ITEMS = ['install-state', 'pending-version', 'install-reason', 'failure-reason'];
export const at = (text: string): Instant => `${text}.000Z` as Instant;

/** Enrolled on 31 July 2024, 06:02 UTC, subscribed to everything about updates. */
export const subscribed = async (change: object = {}): Promise<DeclaredMac> => {
  const one = await new DeclaredMac(aSonomaMac(change)).enrolled();
  const names = [...ITEMS.map((name) => `softwareupdate.${name}`), 'device.operating-system.version'];
  one.desk.activate('status', SUBSCRIPTIONS, { StatusItems: names.map((Name) => ({ Name })) });
  return one;
};

export const enforcing = async (
  change: object,
  version: string,
  local: string,
  payload: JsonDict = {},
): Promise<DeclaredMac> => {
  const one = await subscribed(change);
  declare(one, 'enforce', version, local, payload);
  await one.sync();
  return one;
};
export const declare = (
  one: DeclaredMac,
  name: string,
  version: string,
  local: string,
  payload: JsonDict = {},
): void => {
  one.desk.activate(name, ENFORCEMENT, { TargetOSVersion: version, TargetLocalDateTime: local, ...payload });
};

/** The values a status item went through, as the server heard of them. */
export const told = (one: DeclaredMac, path: string): readonly Json[] =>
  one.desk.reports.flatMap((report) => {
    const value = path
      .split('.')
      .reduce<Json | undefined>((tree, word) => (isJsonDict(tree) ? tree[word] : undefined), report['StatusItems']);
    return value === undefined ? [] : [value];
  });
/** Each once: the daily report of everything repeats them. */
export const changes = <T>(values: readonly T[]): readonly T[] =>
  values.filter((value, index) => index === 0 || value !== values[index - 1]);
export const states = (one: DeclaredMac): readonly Json[] => changes(told(one, 'softwareupdate.install-state'));

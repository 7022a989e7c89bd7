import { isStatusItemName } from '../declarations/subscriptions.js';
import { flagAt, memberOf, textAt } from '../json/read.js';
import { isArray, isObject, type Json, type JsonObject } from '../json/value.js';
import { clientCapabilities } from './capabilities.js';
import type { StatusReport } from './report.js';
import type { Status } from './status.js';

/** Characters of JSON. A Mac that reports ever new items would fill the store otherwise. */
export const LARGEST_STATUS = 1_048_576;

/**
 * What is known of a Mac after a report: a full one is all there is, another changes the items that it names (trap 11).
 * An item is replaced as a whole, lest a failure's reason outlive the failure. Only an item that is a list of things with
 * identifiers changes thing by thing, and `_removed` takes one away. What would grow beyond `LARGEST_STATUS` begins anew.
 */
export const mergeStatus = (known: Status, { items, full }: StatusReport): Status => {
  const isItem = itemsOf(known, items);
  const alone = merged({}, items, '', isItem);
  if (full) return alone;
  const together = merged(known, items, '', isItem);
  return JSON.stringify(together).length > LARGEST_STATUS ? alone : together;
};

/** Names with dots end where an item begins; what neither we nor the Mac call an item is merged as deep as it goes. */
const itemsOf = (known: Status, items: Status): ((name: string) => boolean) => {
  const own = [known, items].flatMap((status) => clientCapabilities(status)?.statusItems ?? []);
  const names = new Set([...own, 'management.declarations', 'management.client-capabilities']);
  return (name) => names.has(name) || isStatusItemName(name);
};

const merged = (known: JsonObject, said: JsonObject, prefix: string, isItem: (name: string) => boolean): JsonObject => {
  const changes = Object.entries(said).map(([key, value]): [string, Json] => {
    const [name, before] = [`${prefix}${key}`, memberOf(known, key)];
    if (isArray(value)) return [key, listOf(isArray(before) ? before : [], value)];
    if (!isObject(value) || isItem(name)) return [key, value];
    return [key, merged(isObject(before) ? before : {}, value, `${name}.`, isItem)];
  });
  return { ...known, ...Object.fromEntries(changes) };
};

const idOf = (thing: Json): string | undefined => (isObject(thing) ? textAt(thing, 'identifier') : undefined);

const isKeyed = (list: readonly Json[]): boolean => list.every((thing) => idOf(thing) !== undefined);

/**
 * Nothing said of things with identifiers is no change, and of what is said of one of them the last counts, so that a report
 * that comes again changes nothing; any other list is what it says.
 */
const listOf = (before: readonly Json[], said: readonly Json[]): readonly Json[] => {
  if (!isKeyed(said)) return said;
  const things = new Map((isKeyed(before) ? before : []).map((thing) => [idOf(thing), thing]));
  for (const [id, thing] of new Map(said.map((thing) => [idOf(thing), thing]))) {
    if (isObject(thing) && flagAt(thing, '_removed')) things.delete(id);
    else things.set(id, thing);
  }
  return [...things.values()];
};

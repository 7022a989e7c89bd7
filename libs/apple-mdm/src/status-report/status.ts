import { memberOf } from '../json/read.js';
import { isObject, type Json, type JsonObject } from '../json/value.js';

/** What a Mac's reports say altogether: status items, nested by the dots of their names. */
export type Status = JsonObject;

/** The value of a status item, `softwareupdate.install-state`; `undefined` where the Mac has not reported it. */
export const statusItem = (status: Status, name: string): Json | undefined =>
  name
    .split('.')
    .reduce<Json | undefined>((value, part) => (isObject(value) ? memberOf(value, part) : undefined), status);

/** A dictionary item; without members where there is none. */
export const statusObject = (status: Status, name: string): JsonObject => {
  const value = statusItem(status, name);
  return isObject(value) ? value : {};
};

export const statusText = (status: Status, name: string): string | undefined => {
  const value = statusItem(status, name);
  return typeof value === 'string' ? value : undefined;
};

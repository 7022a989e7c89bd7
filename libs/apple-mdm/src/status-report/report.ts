import { memberOf, textAt } from '../json/read.js';
import { parseJson } from '../json/parse.js';
import { isArray, isObject, type Json, type JsonObject } from '../json/value.js';
import { type Parsed, parsing, pointer, Refused } from '../plist/refusal.js';
import { reasonsAt, type StatusReason } from './reasons.js';
import type { Status } from './status.js';

/** Why a Mac cannot report a status item. */
export interface StatusError {
  readonly statusItem: string;
  readonly reasons: readonly StatusReason[];
}

/** What a Mac sends to the endpoint `status` (section 4.4). */
export interface StatusReport {
  readonly items: Status;
  /** These are all items that there are, about once a day and on macOS 14 and later; otherwise those that changed. */
  readonly full: boolean;
  readonly errors: readonly StatusError[];
  /** The whole report, unknown keys included. */
  readonly keys: JsonObject;
}

/** The report of a body, the `Data` of the check-in. Total; what is not there is empty, what must not be misread is refused. */
export const parseStatusReport = (body: Uint8Array): Parsed<StatusReport> => {
  const json = parseJson(body);
  return json.ok ? parsing(() => reportOf(json.value)) : json;
};

const reportOf = (keys: Json): StatusReport => {
  if (!isObject(keys)) return wrong([], 'an object');
  const items = memberOf(keys, 'StatusItems') ?? {};
  const full = memberOf(keys, 'FullReport') ?? false;
  const errors = memberOf(keys, 'Errors') ?? [];
  return {
    items: isObject(items) ? items : wrong(['StatusItems'], 'an object'),
    full: typeof full === 'boolean' ? full : wrong(['FullReport'], 'a boolean'),
    errors: isArray(errors) ? errors.filter(isObject).map(errorOf) : wrong(['Errors'], 'an array'),
    keys,
  };
};

const errorOf = (error: JsonObject): StatusError => ({
  statusItem: textAt(error, 'StatusItem') ?? '',
  reasons: reasonsAt(error, 'Reasons'),
});

const wrong = (path: readonly string[], kind: string): never => {
  throw new Refused({ code: 'wrong-type', path: pointer(path), detail: `expected ${kind}` });
};

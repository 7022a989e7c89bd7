import { present } from '@managed-os/kernel';
import { memberOf, objectsAt, textAt } from '../json/read.js';
import { isObject, type JsonObject } from '../json/value.js';

/** Why a Mac does not do, or cannot report, what it was told. */
export interface StatusReason {
  /** Apple's word, `Error.ConfigurationCannotBeApplied`, `Info.NotReferencedByActivation`, …; open. */
  readonly code: string;
  readonly description?: string;
  readonly details?: JsonObject;
}

/** The reasons of an array: small letters inside of status items, capitals in a report's `Errors`. */
export const reasonsAt = (from: JsonObject, key: string): readonly StatusReason[] =>
  objectsAt(from, key).map((reason) => {
    const details = memberOf(reason, 'details') ?? memberOf(reason, 'Details');
    return present({
      code: textAt(reason, 'code') ?? textAt(reason, 'Code') ?? '',
      description: textAt(reason, 'description') ?? textAt(reason, 'Description'),
      details: isObject(details) ? details : undefined,
    });
  });

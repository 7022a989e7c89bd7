import { isBelow } from '@managed-os/kernel';
import { KINDS, LISTS } from '../declarations/declaration.js';
import { DECLARATION_TYPES, isForEnrollment } from '../declarations/schema.js';
import type { Mac } from '../fleet.js';
import type { JsonDict } from '../json.js';
import { hasItem, STATUS_ITEMS } from './items.js';

export const CAPABILITIES = 'management.client-capabilities';
export const DECLARATIONS = 'management.declarations';

/** What this Mac, on its present version and under its enrollment, takes and tells. */
export const capabilitiesOf = (mac: Mac, osVersion: string): JsonDict => ({
  'supported-versions': ['1.0.0'],
  'supported-features': {},
  'supported-payloads': {
    declarations: Object.fromEntries(
      KINDS.map((kind) => [
        LISTS[kind].reported,
        Object.entries(DECLARATION_TYPES)
          .filter(
            ([, type]) => type.kind === kind && !isBelow(osVersion, type.introduced) && isForEnrollment(mac, type),
          )
          .map(([name]) => name),
      ]),
    ),
    'status-items': [
      ...Object.keys(STATUS_ITEMS).filter((name) => hasItem(mac, osVersion, name)),
      CAPABILITIES,
      DECLARATIONS,
    ].toSorted(),
  },
});

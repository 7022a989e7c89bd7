import { parseVersion } from '@managed-os/kernel';
import { type Availability, includes } from '../availability.js';
import type { ClientCapabilities } from '../status-report/capabilities.js';
import { STATUS_ITEMS, type StatusItemName } from './subscriptions.js';

/** What decides which declarations a Mac may be sent. */
export interface DeclarativeClient {
  readonly osVersion?: string | undefined;
  /** Unknown does not count against it: its capabilities tell. */
  readonly supervised?: boolean | undefined;
  /** Its own word, reported without being asked for; absent until the first report of this enrollment. */
  readonly capabilities?: ClientCapabilities | undefined;
}

/**
 * Why something is not for a Mac: `capabilities_unknown` ends with its first report, `os_too_old` and `not_supported` may
 * end with an update, `not_supervised` (trap 29) with a new enrollment.
 */
export type LeftOutReason = 'os_too_old' | 'not_supervised' | 'capabilities_unknown' | 'not_supported';

interface Needs extends Availability {
  readonly supervised?: true;
}

/** The types this server declares, and which Macs have them. */
export const DECLARATION_TYPES = {
  'com.apple.activation.simple': { from: '13.0' },
  'com.apple.configuration.management.status-subscriptions': { from: '13.0' },
  'com.apple.configuration.softwareupdate.enforcement.specific': { from: '14.0', supervised: true },
  'com.apple.configuration.softwareupdate.settings': { from: '15.0', supervised: true },
  'com.apple.management.properties': { from: '13.0' },
  'com.apple.management.server-capabilities': { from: '13.0' },
} as const satisfies Readonly<Record<string, Needs>>;

/** Why a Mac may not be sent declarations of this type; `undefined`: it may. */
export const whyNotDeclared = (
  type: keyof typeof DECLARATION_TYPES,
  mac: DeclarativeClient,
): LeftOutReason | undefined => whyNot(DECLARATION_TYPES[type], mac, ({ declarations }) => declarations.includes(type));

/** Why a status item of a Mac may not be subscribed to; `undefined`: it may. */
export const whyNotSubscribed = (name: StatusItemName, mac: DeclarativeClient): LeftOutReason | undefined =>
  whyNot(STATUS_ITEMS[name], mac, ({ statusItems }) => statusItems.includes(name));

/** Version and supervision go first: they name what a person can change. */
const whyNot = (
  needs: Needs,
  { osVersion, supervised, capabilities }: DeclarativeClient,
  advertised: (capabilities: ClientCapabilities) => boolean,
): LeftOutReason | undefined => {
  const isKnown = osVersion !== undefined && parseVersion(osVersion) !== undefined;
  if (isKnown && !includes(needs, osVersion)) return 'os_too_old';
  if (needs.supervised && supervised === false) return 'not_supervised';
  if (!capabilities) return 'capabilities_unknown';
  return advertised(capabilities) ? undefined : 'not_supported';
};

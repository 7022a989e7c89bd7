import { activation } from './activation.js';
import { type Declaration, type DeclarationContent, declarationOf, type Sha256 } from './declaration.js';
import { type Enforcement, enforcement } from './enforcement.js';
import {
  type DECLARATION_TYPES,
  type DeclarativeClient,
  type LeftOutReason,
  whyNotDeclared,
  whyNotSubscribed,
} from './offer.js';
import { type UpdateSettings, updateSettings } from './settings.js';
import { isStatusItemName, STATUS_ITEMS, statusSubscriptions } from './subscriptions.js';

/** What a Mac shall be told; there is one enforcement at most, or it would restart once for each (trap 20). */
export interface Wanted {
  readonly enforcement?: Enforcement & { readonly identifier: string };
  readonly settings?: UpdateSettings;
}

/** What a Mac is to hold, all of it: what it has besides it removes (trap 19). */
export interface DeclarationSet {
  readonly declarations: readonly Declaration[];
  /** Types and status items that are not for this Mac, with the reason; the subscription's items by their names. */
  readonly leftOut: readonly { readonly name: string; readonly reason: LeftOutReason }[];
}

/** Our own identifiers; that of an enforcement is its caller's, 53 octets at most. */
export const STATUS_SUBSCRIPTION = 'managed-os.status';
export const UPDATE_SETTINGS = 'managed-os.settings';

/**
 * The declarations of a Mac's device channel: what it can report is always subscribed to, what is wanted is declared
 * where the Mac can have it, each configuration with its activation. The same input gives the same set, token for token.
 * Throws `RangeError` for an identifier that is too long and for settings that cannot be.
 */
export const declarationsFor = (mac: DeclarativeClient, wanted: Wanted, sha256: Sha256): DeclarationSet => {
  const leftOut: { name: string; reason: LeftOutReason }[] = [];
  const isFor = (name: string, reason: LeftOutReason | undefined): boolean => {
    if (reason) leftOut.push({ name, reason });
    return !reason;
  };
  const has = (type: keyof typeof DECLARATION_TYPES): boolean => isFor(type, whyNotDeclared(type, mac));

  if (!has('com.apple.activation.simple')) return { declarations: [], leftOut };

  const configurations: DeclarationContent[] = [];
  if (has('com.apple.configuration.management.status-subscriptions')) {
    const names = Object.keys(STATUS_ITEMS)
      .filter(isStatusItemName)
      .filter((name) => isFor(name, whyNotSubscribed(name, mac)));
    if (names.length > 0) configurations.push(statusSubscriptions(STATUS_SUBSCRIPTION, names));
  }
  if (wanted.settings && has('com.apple.configuration.softwareupdate.settings')) {
    configurations.push(updateSettings(UPDATE_SETTINGS, wanted.settings, mac.osVersion));
  }
  if (wanted.enforcement && has('com.apple.configuration.softwareupdate.enforcement.specific')) {
    configurations.push(enforcement(wanted.enforcement.identifier, wanted.enforcement));
  }
  return {
    declarations: configurations
      .flatMap((configuration) => [configuration, activation(configuration.identifier)])
      .map((content) => declarationOf(content, sha256)),
    leftOut,
  };
};

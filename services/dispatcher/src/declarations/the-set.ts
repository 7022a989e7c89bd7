import { createHash } from 'node:crypto';
import {
  activationOf,
  type ClientCapabilities,
  type Declaration,
  declarationsFor,
  declarationsToken,
  isAvailable,
  type LeftOutReason,
  type Sha256,
  type Status,
  type SyncTokens,
  type UpdateSettings,
  updateState,
  type Wanted,
} from '@managed-os/apple-mdm';
import { type Instant, parseVersion, present } from '@managed-os/kernel';
import type { Declared, Enrollment, EnforcementEnd } from '../tables.js';

export const sha256: Sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** What a Mac is to hold, and what became of the enforcement that was requested of it. */
export interface TheSet {
  readonly declarations: readonly Declaration[];
  readonly over: EnforcementEnd | null;
  /** The server token of the enforcement's document, when it is in the set. */
  readonly offered: string | null;
  /** Why it is not. Neither: none was ever requested, or the Mac has still to say what it can be sent. */
  readonly notOffered: string | null;
}

type Mac = Pick<Enrollment, 'state' | 'os_version' | 'supervised'>;

/** What a set depends on beside its Mac and what is wanted of that. */
export interface Circumstances {
  readonly now: Instant;
  /** Apple has the version that is to be enforced nowhere any more (trap 17). */
  readonly gone: boolean;
  /** What every Mac that can have it is to hold. */
  readonly settings: UpdateSettings | undefined;
}

/** What a requested enforcement is called on its Mac: each request has a document of its own. */
export const enforcementOf = (requestId: string): string => `managed-os.${requestId}`;

/** The declarations that concern the enforcement: itself, and its activation. */
export const namesEnforcement = ({ request_id }: Declared, identifier: string): boolean =>
  request_id !== null && [enforcementOf(request_id), activationOf(enforcementOf(request_id))].includes(identifier);

/** Whether a Mac can be managed by declarations at all. One of an unknown version is asked for it first. */
export const speaksDeclarations = (mac: Mac | undefined): boolean =>
  mac?.state === 'enrolled' && mac.os_version !== null && isAvailable('DeclarativeManagement', mac.os_version);

/**
 * What the set of a Mac is at this moment (X1). The same rows give the same set, token for token (traps 4 and 5 of Apple's
 * protocol), but for an enforcement whose time came before the Mac read it: it is over, because the Mac would restart at
 * once (trap 14).
 */
export const theSet = (mac: Mac | undefined, row: Declared, circumstances: Circumstances): TheSet => {
  // It has just begun: what is wanted of it waits, what was wanted before ended when it began.
  if (mac?.state === 'authenticated') return ended([], row.over);
  if (mac?.state !== 'enrolled') return ended([], endOf(row, 'unenrolled'));
  const { now, gone, settings } = circumstances;
  const wanted = wantedOf(row);
  const enforcement = gone && !isInstalling(row) ? undefined : wanted;
  const { declarations, leftOut } = declarationsFor(clientOf(mac, row), present({ enforcement, settings }), sha256);
  if (!wanted) return ended(declarations, row.over);
  if (!enforcement) return { declarations, over: null, offered: null, notOffered: 'version_gone' };
  const document = declarations.find(({ identifier }) => identifier === enforcement.identifier);
  if (!document) {
    const reason = saidBefore(mac, row)
      ? 'capabilities_unknown'
      : (leftOut.find(({ name }) => NEEDED.includes(name))?.reason ?? 'not_supported');
    return { declarations, over: null, offered: null, notOffered: WHY_NOT_OFFERED[reason] };
  }
  return row.fetched_token !== null || isAhead(row, now)
    ? { declarations, over: null, offered: document.serverToken, notOffered: null }
    : theSet(mac, { ...row, over: 'past_due' }, circumstances);
};

/** It is past nowhere yet where the Mac can be. */
export const isAhead = ({ earliest }: Pick<Declared, 'earliest'>, now: Instant): boolean =>
  earliest === null || earliest > now;

/** The token of the set of a Mac without declarations. */
export const EMPTY_TOKEN = declarationsToken([], sha256);

/** What a Mac compares with what it has; of the set that it is given to fetch, whenever it asks (trap 6). */
export const tokensOf = (row: Declared | undefined, now: Instant): SyncTokens =>
  row?.token != null && row.changed_at !== null
    ? { declarationsToken: row.token, timestamp: row.changed_at }
    : { declarationsToken: EMPTY_TOKEN, timestamp: now };

/** The documents as they were stored, so that a newer version of this program does not serve others under the old token. */
export const declarationsOf = (row: Declared | undefined): readonly Declaration[] =>
  JSON.parse(row?.declarations ?? '[]') as readonly Declaration[];

const NEEDED = ['com.apple.activation.simple', 'com.apple.configuration.softwareupdate.enforcement.specific'];

/** What macOS installs already is not interfered with. */
const isInstalling = ({ fetched_token, status }: Declared): boolean =>
  fetched_token !== null && updateState(JSON.parse(status) as Status).installState === 'installing';

/** It was another macOS that said what it can be sent; this one has still to say it, and is not judged by that (X10). */
const saidBefore = ({ os_version }: Mac, { capabilities_of }: Declared): boolean =>
  os_version !== null &&
  capabilities_of !== null &&
  parseVersion(capabilities_of)?.[0] !== parseVersion(os_version)?.[0];

const WHY_NOT_OFFERED: Readonly<Record<LeftOutReason, string | null>> = {
  os_too_old: 'not_supported',
  not_supported: 'not_supported',
  not_supervised: 'not_supervised',
  capabilities_unknown: null,
};

/** How what is wanted of a Mac ends; what ended for good stays as it ended. */
export const endOf = ({ request_id, over }: Declared, end: EnforcementEnd): EnforcementEnd | null =>
  request_id !== null && (over === null || over === 'past_due') ? end : over;

const ended = (declarations: readonly Declaration[], over: EnforcementEnd | null): TheSet => ({
  declarations,
  over,
  offered: null,
  notOffered: over,
});

const wantedOf = (row: Declared): Wanted['enforcement'] => {
  const { request_id, over, version, build, target_local_date_time } = row;
  if (over !== null || request_id === null || version === null || target_local_date_time === null) return undefined;
  return present({
    identifier: enforcementOf(request_id),
    targetOsVersion: version,
    targetBuildVersion: build ?? undefined,
    targetLocalDateTime: target_local_date_time,
  });
};

const clientOf = ({ os_version, supervised }: Mac, { capabilities }: Declared) => ({
  osVersion: os_version ?? undefined,
  supervised: supervised ?? undefined,
  capabilities: capabilities === null ? undefined : (JSON.parse(capabilities) as ClientCapabilities),
});

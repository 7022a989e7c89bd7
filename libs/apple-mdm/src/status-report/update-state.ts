import { type Instant, isInstant, type LocalDateTime, parseInstant, present } from '@managed-os/kernel';
import { numberAt, textAt, textsAt } from '../json/read.js';
import type { JsonObject } from '../json/value.js';
import { isLocalDateTime } from '../local-date-time.js';
import { type Status, statusObject, statusText } from './status.js';

/** A version that a Mac is about to install. */
export interface PendingVersion {
  readonly osVersion: string;
  readonly buildVersion?: string;
  /** When it will be enforced, on the Mac's clock; only while it is. */
  readonly targetLocalDateTime?: LocalDateTime;
}

/** How often the pending update failed; the last time why and when, in Apple's free text. */
export interface UpdateFailure {
  readonly count: number;
  readonly reason?: string;
  readonly at?: Instant;
}

/** What a Mac says of its software update; what it does not say, or says there is none of, is absent. */
export interface UpdateState {
  /** Apple's word: none, waiting, downloading, prepared, installing, failed; open (trap 12). */
  readonly installState?: string;
  readonly pending?: PendingVersion;
  /** Apple's words: declaration, notification, system-settings, …; open. */
  readonly installReasons: readonly string[];
  /** Whose update is pending, when a declaration is a reason. */
  readonly declarationId?: string;
  readonly failure?: UpdateFailure;
  /** What Apple's feed calls this Mac; macOS 15 and later. */
  readonly deviceId?: string;
  readonly betaProgram?: string;
}

export const updateState = (status: Status): UpdateState => {
  const reason = statusObject(status, 'softwareupdate.install-reason');
  return {
    installReasons: textsAt(reason, 'reason'),
    ...present({
      installState: statusText(status, 'softwareupdate.install-state') || undefined,
      pending: pendingOf(statusObject(status, 'softwareupdate.pending-version')),
      declarationId: textAt(reason, 'declaration-id') || undefined,
      failure: failureOf(statusObject(status, 'softwareupdate.failure-reason')),
      deviceId: statusText(status, 'softwareupdate.device-id') || undefined,
      betaProgram: statusText(status, 'softwareupdate.beta-enrollment') || undefined,
    }),
  };
};

/** Empty texts are Apple's way to say that no update is pending. */
const pendingOf = (said: JsonObject): PendingVersion | undefined => {
  const osVersion = textAt(said, 'os-version');
  if (!osVersion) return undefined;
  const at = textAt(said, 'target-local-date-time');
  return present({
    osVersion,
    buildVersion: textAt(said, 'build-version') || undefined,
    targetLocalDateTime: at !== undefined && isLocalDateTime(at) ? at : undefined,
  });
};

const failureOf = (said: JsonObject): UpdateFailure | undefined => {
  const count = Math.trunc(numberAt(said, 'count') ?? 0);
  if (count <= 0) return undefined;
  return present({
    count,
    reason: textAt(said, 'reason') || undefined,
    at: instantOf(textAt(said, 'timestamp') ?? ''),
  });
};

const TIMESTAMP = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d+)?(Z|[+-]\d{2}:?\d{2})$/;

/** RFC 3339, its offset also without the colon, as Apple's schema has it. */
const instantOf = (text: string): Instant | undefined => {
  const [, reading = '', , offset = ''] = TIMESTAMP.exec(text) ?? [];
  if (!isInstant(`${reading}Z`)) return undefined;
  const millis = Date.parse(`${reading}${offset.replace(/^([+-]\d{2}):?(\d{2})$/, '$1:$2')}`);
  return Number.isNaN(millis) ? undefined : parseInstant(new Date(millis).toISOString());
};

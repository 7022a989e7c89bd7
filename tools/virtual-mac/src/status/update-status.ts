import type { Enforcement } from '../enforcement/enforcement.js';
import type { Json } from '../json.js';
import type { Install, MacState } from '../state.js';

/** What the status items of `softwareupdate` say of the update in hand. */
export interface UpdateStatus {
  readonly 'install-state': 'none' | 'waiting' | 'downloading' | 'prepared' | 'installing' | 'failed';
  readonly 'pending-version': Json;
  readonly 'install-reason': Json;
  readonly 'failure-reason': Json;
}

const NOTHING: UpdateStatus = {
  'install-state': 'none',
  'pending-version': { 'os-version': '', 'build-version': '' },
  'install-reason': { reason: [] },
  'failure-reason': { count: 0 },
};

/** Trap 12: `waiting` is in Apple's texts and in none of its lists. */
const OF_WORK = {
  waiting: 'waiting',
  downloading: 'downloading',
  prepared: 'prepared',
  download_failed: 'failed',
  install_failed: 'failed',
} as const satisfies Record<Enforcement['work']['stage'], UpdateStatus['install-state']>;

const OF_INSTALL = {
  preparing: 'downloading',
  authorizing: 'prepared',
  user_needed: 'prepared',
  committing: 'installing',
  restarting: 'installing',
} as const satisfies Record<Install['stage'], UpdateStatus['install-state']>;

export const updateStatusOf = ({ enforced, install }: MacState): UpdateStatus => {
  const ours = install !== null && (!enforced || install.by !== 'mdm') ? install : null;
  const candidate = ours?.candidate ?? enforced?.candidate;
  if (!candidate) return NOTHING;
  return {
    'install-state': ours ? OF_INSTALL[ours.stage] : enforced ? OF_WORK[enforced.work.stage] : 'none',
    'pending-version': {
      'os-version': candidate.version,
      'build-version': candidate.build,
      ...(enforced ? { 'target-local-date-time': enforced.targetLocalDateTime } : {}),
    },
    'install-reason': enforced
      ? {
          reason: ours?.by === 'user' ? ['notification', 'declaration'] : ['declaration'],
          'declaration-id': enforced.identifier,
        }
      : { reason: ['mdm'] },
    'failure-reason': failureReason(enforced),
  };
};

const failureReason = (enforced: Enforcement | null): Json =>
  enforced?.failure
    ? { count: enforced.failure.count, reason: enforced.failure.reason, timestamp: enforced.failure.at }
    : { count: 0 };

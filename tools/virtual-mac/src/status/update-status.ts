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

const STATES = {
  preparing: 'downloading',
  authorizing: 'prepared',
  user_needed: 'prepared',
  restarting: 'installing',
} as const satisfies Record<Install['stage'], UpdateStatus['install-state']>;

export const updateStatusOf = ({ install }: MacState): UpdateStatus => {
  if (!install) return NOTHING;
  const { version, build } = install.candidate;
  return {
    ...NOTHING,
    'install-state': STATES[install.stage],
    'pending-version': { 'os-version': version, 'build-version': build },
    'install-reason': { reason: ['mdm'] },
  };
};

import { type Instant, isBelow } from '@managed-os/kernel';
import { reconsidered } from './enforcement/reconsider.js';
import { installFailed } from './enforcement/work.js';
import type { Mac } from './fleet.js';
import type { MacState } from './state.js';

/** The new version is running: this is where an installation counts. Or the old one is, because it failed. */
export const restarted = (mac: Mac, state: MacState, at: Instant): MacState => {
  const { install } = state;
  if (!install) return state;
  const back = { ...state, install: null, wantsToConnect: true, retryAt: null };
  if (install.fails) return reconsidered(mac, installFailed(mac, back, at), at);
  const { candidate, requestedAt, by } = install;
  const { version, build } = candidate;
  return reconsidered(
    mac,
    {
      ...back,
      osVersion: version,
      osBuild: build,
      installs: state.installs + 1,
      history: [...state.history, { version, build, by, requestedAt, at }],
      download: null,
      candidates: state.candidates.filter((other) => isBelow(version, other.version)),
      enforced: null,
    },
    at,
  );
};

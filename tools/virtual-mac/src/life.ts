import { type Instant, toMillis } from '@managed-os/kernel';
import { enforcementTurns } from './enforcement/turns.js';
import type { Mac } from './fleet.js';
import { authorizedByUser, preparedForCommand, restarting } from './installing.js';
import { eventTurns } from './lives.js';
import { offersAt } from './offers.js';
import { restarted } from './restarted.js';
import type { Install, MacState } from './state.js';
import { firstOf, type Turn } from './turn.js';

/** What happens to a Mac by itself. Pure: the clock's reading comes in. */

const turnsOf = (mac: Mac, state: MacState): readonly Turn[] => [
  ...(state.scanEndsAt === null ? [] : [{ at: state.scanEndsAt, apply: scanned }]),
  ...(state.pollAt === null ? [] : [{ at: state.pollAt, apply: conditionsChanged }]),
  ...installTurns(state.install),
  ...enforcementTurns(state),
  ...eventTurns(mac, state),
];

const installTurns = (install: Install | null): readonly Turn[] => {
  switch (install?.stage) {
    case undefined:
      return [];
    case 'preparing':
      return [{ at: install.readyAt, apply: preparedForCommand }];
    case 'authorizing':
    case 'user_needed':
      return install.userAt === null ? [] : [{ at: install.userAt, apply: authorizedByUser }];
    case 'committing':
      return [{ at: install.restartAt, apply: restarting }];
    case 'restarting':
      return [{ at: install.backAt, apply: restarted }];
  }
};

/** When the next thing happens to it by itself; `undefined`: nothing will. */
export const nextTurnAt = (mac: Mac, state: MacState): Instant | undefined => firstOf(turnsOf(mac, state))?.at;

/** The state at `now`: everything due by then has happened, in order, each at its own time. */
export const advance = (mac: Mac, state: MacState, now: Instant): MacState => {
  const turn = firstOf(turnsOf(mac, state));
  if (!turn || toMillis(turn.at) > toMillis(now)) return state;
  return advance(mac, turn.apply(mac, state, turn.at), now);
};

/** A scan replaces the list; a download of what is no longer offered is thrown away, unless it is being installed or enforced. */
const scanned = (mac: Mac, state: MacState, at: Instant): MacState => {
  const candidates = offersAt(mac, state, at);
  const kept = candidates.some((candidate) => candidate.productKey === state.download?.productKey);
  return {
    ...state,
    scanEndsAt: null,
    scannedAt: at,
    candidates,
    download: kept || state.install || state.enforced ? state.download : null,
  };
};

const conditionsChanged = (_mac: Mac, state: MacState): MacState => ({ ...state, pollAt: null, wantsToConnect: true });

import { addMillis, type Instant, isBelow, toMillis } from '@managed-os/kernel';
import { afterAwake } from './awake.js';
import { drawMinutes } from './chance.js';
import type { Mac } from './fleet.js';
import { offersAt } from './offers.js';
import type { Install, MacState } from './state.js';
import { canInstallUnattended } from './updates.js';

/** What happens to a Mac by itself. Pure: the clock's reading comes in. */

interface Turn {
  readonly at: Instant;
  readonly apply: (mac: Mac, state: MacState, at: Instant) => MacState;
}

const turnsOf = ({ scanEndsAt, pollAt, install }: MacState): readonly Turn[] => [
  ...(scanEndsAt === null ? [] : [{ at: scanEndsAt, apply: scanned }]),
  ...(pollAt === null ? [] : [{ at: pollAt, apply: conditionsChanged }]),
  ...(install?.stage === 'preparing' ? [{ at: install.readyAt, apply: prepared }] : []),
  ...(install?.stage === 'restarting' ? [{ at: install.backAt, apply: restarted }] : []),
];

const firstOf = (turns: readonly Turn[]): Turn | undefined =>
  turns.reduce<Turn | undefined>((a, b) => (a && toMillis(a.at) <= toMillis(b.at) ? a : b), undefined);

/** When the next thing happens to it by itself; `undefined`: nothing will. */
export const nextTurnAt = (state: MacState): Instant | undefined => firstOf(turnsOf(state))?.at;

/** The state at `now`: everything due by then has happened, in order, each at its own time. */
export const advance = (mac: Mac, state: MacState, now: Instant): MacState => {
  const turn = firstOf(turnsOf(state));
  if (!turn || toMillis(turn.at) > toMillis(now)) return state;
  return advance(mac, turn.apply(mac, state, turn.at), now);
};

/** A scan replaces the list; a download of what is no longer offered is thrown away. */
const scanned = (mac: Mac, state: MacState, at: Instant): MacState => {
  const candidates = offersAt(mac, state, at);
  const kept = candidates.some((candidate) => candidate.productKey === state.download?.productKey);
  return {
    ...state,
    scanEndsAt: null,
    scannedAt: at,
    candidates,
    download: kept || state.install ? state.download : null,
  };
};

const conditionsChanged = (_mac: Mac, state: MacState): MacState => ({ ...state, pollAt: null, wantsToConnect: true });

const prepared = (mac: Mac, state: MacState, at: Instant): MacState => {
  const { install } = state;
  if (!install) return state;
  const { candidate, requestedAt } = install;
  if (!canInstallUnattended(mac, state, candidate)) {
    return { ...state, install: { stage: 'user_needed', candidate, requestedAt } };
  }
  return mac.architecture === 'apple_silicon'
    ? { ...state, install: { stage: 'authorizing', candidate, requestedAt, askAt: at, asked: 0 } }
    : restarting(mac, state, install, at);
};

/** Off it goes: 20 to 40 minutes in which nobody can reach it. */
const restarting = (mac: Mac, state: MacState, { candidate, requestedAt }: Install, at: Instant): MacState => ({
  ...state,
  install: {
    stage: 'restarting',
    candidate,
    requestedAt,
    backAt: addMillis(at, drawMinutes(mac, 'restart', state.installs, 20, 40)),
  },
});

/** The new version is running: this is where an installation counts. */
const restarted = (_mac: Mac, state: MacState, at: Instant): MacState => {
  if (!state.install) return state;
  const { candidate, requestedAt } = state.install;
  const { version, build } = candidate;
  return {
    ...state,
    osVersion: version,
    osBuild: build,
    installs: state.installs + 1,
    history: [...state.history, { version, build, requestedAt, at }],
    install: null,
    download: null,
    candidates: state.candidates.filter((other) => isBelow(version, other.version)),
    wantsToConnect: true,
    retryAt: null,
  };
};

/** The server gave the bootstrap token, the right one or not. */
export const bootstrapTokenGiven = (mac: Mac, state: MacState, isRight: boolean, at: Instant): MacState => {
  if (state.install?.stage !== 'authorizing') return state;
  if (isRight) return restarting(mac, state, state.install, at);
  const asked = state.install.asked + 1;
  return {
    ...state,
    install: { ...state.install, asked, askAt: afterAwake(mac, at, Math.min(asked * 5, 60) * 60_000) },
  };
};

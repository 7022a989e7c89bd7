import { addMillis, earliest, type Instant, isBelow, latest, toMillis } from '@managed-os/kernel';
import { afterAwake, awakeFrom, isAwake } from './awake.js';
import { drawMinutes } from './chance.js';
import type { Mac } from './fleet.js';
import { offersAt } from './offers.js';
import type { Install, MacState } from './state.js';
import { canInstallUnattended } from './updates.js';

/** What happens to a Mac by itself, and when it has something to say. Pure: the clock's reading comes in. */

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

export type Contact = 'authenticate' | 'token-update' | 'set-bootstrap-token' | 'get-bootstrap-token' | 'connect';

const hasCome = (at: Instant | null, now: Instant): boolean => at !== null && toMillis(at) <= toMillis(now);

const errand = (state: MacState, now: Instant): Contact | undefined => {
  if (state.enrollment === 'none') return 'authenticate';
  if (state.enrollment === 'authenticated') return 'token-update';
  if (hasCome(state.escrowAt, now)) return 'set-bootstrap-token';
  if (state.install?.stage === 'authorizing' && hasCome(state.install.askAt, now)) return 'get-bootstrap-token';
  return state.unsent !== null || state.wantsToConnect ? 'connect' : undefined;
};

/** Restarting, or its enrollment is gone: there is nobody to talk to. */
const isOutOfReach = (state: MacState): boolean =>
  state.enrollment === 'dropped' || state.install?.stage === 'restarting';

/**
 * What the Mac would say to the server now; `undefined` when it has nothing to say or cannot speak.
 * In the middle of a conversation it stays awake until that one is over.
 */
export const contactAt = (mac: Mac, state: MacState, now: Instant, isTalking = false): Contact | undefined => {
  if (isOutOfReach(state)) return undefined;
  if (!isAwake(mac, now) && !(isTalking && state.unsent !== null)) return undefined;
  if (state.retryAt !== null && !hasCome(state.retryAt, now)) return undefined;
  return errand(state, now);
};

/** The next instant after which `advance` or `contactAt` may say something new; `undefined`: not by itself. */
export const dueAfter = (mac: Mac, state: MacState, now: Instant): Instant | undefined => {
  if (state.enrollment === 'dropped') return firstOf(turnsOf(state))?.at;
  const asking = state.install?.stage === 'authorizing' ? [state.install.askAt] : [];
  const occasions = isOutOfReach(state)
    ? []
    : errand(state, now) !== undefined
      ? [state.retryAt ?? now]
      : [...(state.escrowAt === null ? [] : [state.escrowAt]), ...asking];
  const contacts = occasions.map((at) => awakeFrom(mac, latest(at, now)));
  const [first, ...rest] = [...turnsOf(state).map((turn) => turn.at), ...contacts];
  return first === undefined ? undefined : earliest(first, ...rest);
};

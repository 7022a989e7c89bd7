import { addMillis, type Instant } from '@managed-os/kernel';
import { afterAwake } from './awake.js';
import { drawMinutes } from './chance.js';
import type { Mac } from './fleet.js';
import type { Install, Installing, MacState } from './state.js';
import { canInstallUnattended } from './updates.js';

/** An installation from when everything is loaded until the Mac restarts. */

/** When its user will have typed the password; `null`: never. */
const userFrom = (mac: Mac, at: Instant): Instant | null => {
  const hours = mac.user.authorizesAfterHours;
  return hours === undefined ? null : afterAwake(mac, at, hours * 3_600_000);
};

/** What stays the same at every stage. */
const begun = ({ candidate, requestedAt, by, fails }: Installing): Installing => ({
  candidate,
  requestedAt,
  by,
  fails,
});

const waitingForUser = (mac: Mac, install: Install, at: Instant): Install => ({
  ...begun(install),
  stage: 'user_needed',
  userAt: userFrom(mac, at),
});

/** What an MDM command asked for is loaded and prepared. */
export const preparedForCommand = (mac: Mac, state: MacState, at: Instant): MacState => {
  const { install } = state;
  if (!install) return state;
  if (!canInstallUnattended(mac, state, install.candidate)) {
    return { ...state, install: waitingForUser(mac, install, at) };
  }
  return mac.architecture === 'apple_silicon'
    ? { ...state, install: { ...begun(install), stage: 'authorizing', askAt: at, asked: 0, userAt: null } }
    : restarting(mac, state, at);
};

/** A few minutes in which the Mac still talks, and tells that it installs. */
export const committing = (mac: Mac, state: MacState, install: Installing, at: Instant): Install => ({
  ...begun(install),
  stage: 'committing',
  restartAt: addMillis(at, drawMinutes(mac, 'commit', state.restarts, 2, 5)),
});

/** Off it goes: 20 to 40 minutes in which nobody can reach it, fewer when the installation fails. */
export const restarting = (mac: Mac, state: MacState, at: Instant): MacState => {
  const { install } = state;
  if (!install) return state;
  const millis = install.fails
    ? drawMinutes(mac, 'failing restart', state.restarts, 8, 15)
    : drawMinutes(mac, 'restart', state.installs, 20, 40);
  return {
    ...state,
    restarts: state.restarts + 1,
    install: { ...begun(install), stage: 'restarting', backAt: addMillis(at, millis) },
  };
};

const authorized = (mac: Mac, state: MacState, install: Install, at: Instant): MacState =>
  install.by === 'mdm' ? restarting(mac, state, at) : { ...state, install: committing(mac, state, install, at) };

/** Its user typed the password. */
export const authorizedByUser = (mac: Mac, state: MacState, at: Instant): MacState =>
  state.install ? authorized(mac, state, state.install, at) : state;

/**
 * The server gave the bootstrap token, the right one or not. Without it the Mac asks again and again, and its user too may
 * help; one that never had a token to give leaves it to its user.
 */
export const bootstrapTokenGiven = (mac: Mac, state: MacState, isRight: boolean, at: Instant): MacState => {
  const { install } = state;
  if (install?.stage !== 'authorizing') return state;
  if (isRight) return authorized(mac, state, install, at);
  if (!mac.bootstrapToken) return { ...state, install: waitingForUser(mac, install, at) };
  const asked = install.asked + 1;
  return {
    ...state,
    install: {
      ...install,
      asked,
      askAt: afterAwake(mac, at, Math.min(asked * 5, 60) * 60_000),
      userAt: install.userAt ?? userFrom(mac, at),
    },
  };
};

import type { Instant } from '@managed-os/kernel';
import { idle } from './answer.js';
import {
  authenticate,
  checkOut,
  declarativeManagement,
  getBootstrapToken,
  setBootstrapToken,
  tokenUpdate,
  userAuthenticate,
  userTokenUpdate,
} from './check-in.js';
import type { Contact } from './contact.js';
import { syncEndpoint } from './declarations/sync.js';
import type { Message } from './door.js';
import type { Mac } from './fleet.js';
import type { MacState } from './state.js';
import { reportPrepared } from './status/report.js';
import { userIdle } from './user-channel.js';

/** What is about to be said is in the state first: whatever happens to the process, it is said word for word again. */
export const resolved = (mac: Mac, state: MacState, contact: Contact, at: Instant): MacState => {
  switch (contact) {
    case 'connect':
      return state.unsent === null ? idle(mac, state) : state;
    case 'user-connect':
      return state.user?.unsent === null ? userIdle(mac, state) : state;
    case 'status-report':
      return reportPrepared(mac, state, at);
    default:
      return state;
  }
};

/** The message itself, of a state that `resolved` has seen. */
export const messageFor = (mac: Mac, state: MacState, contact: Contact): Message => {
  switch (contact) {
    case 'connect':
      return { to: 'connect', body: state.unsent?.body ?? '' };
    case 'user-connect':
      return { to: 'connect', body: state.user?.unsent?.body ?? '' };
    default:
      return { to: 'checkin', body: checkIn(mac, state, contact) };
  }
};

const checkIn = (mac: Mac, state: MacState, contact: Exclude<Contact, 'connect' | 'user-connect'>): string => {
  switch (contact) {
    case 'authenticate':
      return authenticate(mac, state);
    case 'token-update':
      return tokenUpdate(mac);
    case 'check-out':
      return checkOut(mac);
    case 'set-bootstrap-token':
      return setBootstrapToken(mac);
    case 'get-bootstrap-token':
      return getBootstrapToken(mac);
    case 'user-authenticate':
      return userAuthenticate(mac);
    case 'user-token-update':
      return userTokenUpdate(mac);
    case 'declarations':
      return declarativeManagement(mac, (state.declarative && syncEndpoint(state.declarative)) ?? 'tokens');
    case 'status-report':
      return declarativeManagement(mac, 'status', state.declarative?.report?.body);
  }
};

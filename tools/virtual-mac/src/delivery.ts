import { type Instant, isBelow } from '@managed-os/kernel';
import { afterAwake } from './awake.js';
import { bootstrapTokenOf } from './chance.js';
import { answerCommand, conversationOver } from './answer.js';
import type { Contact } from './contact.js';
import { syncLater, syncReplied } from './declarations/sync.js';
import type { Mac } from './fleet.js';
import { bootstrapTokenGiven } from './installing.js';
import { eventOver } from './lives.js';
import { decode } from './plist.js';
import { retryAfter } from './retry.js';
import { type MacState, unenrolled, withDefect } from './state.js';
import { reportLater, reportTaken } from './status/report.js';
import { type UserContact, userAfterLogin, userLater, userReplied } from './user-channel.js';

export interface Reply {
  readonly status: number;
  readonly body: Buffer;
}

/** No reply, or one that means "again later": what was to be said is kept. */
export const notDelivered = (mac: Mac, state: MacState, contact: Contact, at: Instant): MacState => {
  switch (contact) {
    case 'check-out':
      return eventOver(mac, state);
    case 'user-authenticate':
    case 'user-token-update':
    case 'user-connect':
      return userLater(state, at);
    case 'declarations':
      return syncLater(state, at);
    case 'status-report':
      return reportLater(state, at);
    default:
      return { ...state, ...retryAfter(state.failures, at) };
  }
};

/** What a reply does to the Mac. */
export const replied = (mac: Mac, state: MacState, contact: Contact, reply: Reply, at: Instant): MacState => {
  if (contact === 'check-out') return eventOver(mac, state);
  if (reply.status === 401) {
    return unenrolled(withDefect(state, at, 'unauthorized', `401 to ${contact}`));
  }
  if (isUnrecognized(reply)) {
    const noted = withDefect(state, at, 'unrecognized-device', `403 com.apple.unrecognized.device to ${contact}`);
    return isBelow(state.osVersion, '14') ? notDelivered(mac, noted, contact, at) : unenrolled(noted);
  }
  if (contact === 'declarations') return syncReplied(mac, state, reply, at);
  if (isUserContact(contact)) return userReplied(mac, state, contact, reply, at);
  if (reply.status < 200 || reply.status > 299) return notDelivered(mac, state, contact, at);
  if (contact === 'status-report') return reportTaken(mac, state, at);
  return accepted(mac, { ...state, failures: 0, retryAt: null }, contact, reply.body, at);
};

const isUserContact = (contact: Contact): contact is UserContact => contact.startsWith('user-');

const isUnrecognized = ({ status, body }: Reply): boolean =>
  status === 403 && body.includes('com.apple.unrecognized.device');

const LOGIN_AFTER = 60_000;

const accepted = (
  mac: Mac,
  state: MacState,
  contact: Exclude<Contact, 'check-out' | 'declarations' | 'status-report' | UserContact>,
  body: Buffer,
  at: Instant,
): MacState => {
  switch (contact) {
    case 'authenticate':
      return { ...state, enrollment: 'authenticated' };
    case 'token-update':
      return {
        ...state,
        enrollment: 'enrolled',
        user: userAfterLogin(mac, afterAwake(mac, at, LOGIN_AFTER)),
        escrowAt: canEscrow(mac, state) && !state.escrowed ? afterAwake(mac, at, LOGIN_AFTER) : null,
      };
    case 'set-bootstrap-token':
      return { ...state, escrowAt: null, escrowed: true };
    case 'get-bootstrap-token':
      return tokenReceived(mac, state, body, at);
    case 'connect':
      return body.length === 0 ? conversationOver(mac, state, at) : commandReceived(mac, state, body, at);
  }
};

const canEscrow = (mac: Mac, { osVersion }: MacState): boolean => mac.bootstrapToken && !isBelow(osVersion, '10.15');

const tokenReceived = (mac: Mac, state: MacState, body: Buffer, at: Instant): MacState => {
  const token = body.length === 0 ? undefined : decode(body)?.['BootstrapToken'];
  const isRight = token instanceof Uint8Array && Buffer.from(token).equals(bootstrapTokenOf(mac));
  const noted =
    isRight || !state.escrowed
      ? state
      : withDefect(state, at, 'bootstrap-token-wrong', 'GetBootstrapToken did not give what SetBootstrapToken took');
  return bootstrapTokenGiven(mac, noted, isRight, at);
};

/** Not a command at all: the Mac says so once, and after that it only tries again later. */
const commandReceived = (mac: Mac, state: MacState, body: Buffer, at: Instant): MacState => {
  const command = decode(body);
  if (command && Object.keys(command).length > 0) return answerCommand(mac, state, command, at);
  const noted = withDefect(state, at, 'malformed-reply', `200 with ${body.length} bytes that are no command`);
  return state.unsent?.status === 'CommandFormatError'
    ? notDelivered(mac, noted, 'connect', at)
    : answerCommand(mac, noted, {}, at);
};

import type { Instant } from '@managed-os/kernel';
import { answerUser } from './answer.js';
import { userKeys } from './check-in.js';
import { FRESH } from './declarations/declarative-state.js';
import type { Reply } from './delivery.js';
import type { Mac } from './fleet.js';
import { decode, encode } from './plist.js';
import { retryAfter } from './retry.js';
import { type MacState, type UserChannel, withDefect } from './state.js';

/** What the user who logged in has with the server: tokens, pushes and commands of its own, beside the Mac's. */

export type UserContact = 'user-authenticate' | 'user-token-update' | 'user-connect';

/** Somebody with a channel of its own logs in. */
export const userAfterLogin = (mac: Mac, loginAt: Instant): UserChannel | null =>
  mac.user.channel === undefined ? null : { ...FRESH, stage: 'login', loginAt, wantsToConnect: false, unsent: null };

/** What the user's part of the Mac has to say; a local user needs no UserAuthenticate. */
export const userContact = (mac: Mac, { stage, unsent, wantsToConnect }: UserChannel): UserContact | undefined => {
  switch (stage) {
    case 'login':
      return mac.user.channel === 'network' ? 'user-authenticate' : 'user-token-update';
    case 'authenticated':
      return 'user-token-update';
    case 'enrolled':
      return unsent !== null || wantsToConnect ? 'user-connect' : undefined;
    case 'refused':
      return undefined;
  }
};

const withUser = (state: MacState, change: Partial<UserChannel>): MacState =>
  state.user ? { ...state, user: { ...state.user, ...change } } : state;

export const userIdle = (mac: Mac, state: MacState): MacState => {
  const body = encode({ UDID: mac.udid, ...userKeys(mac), Status: 'Idle' });
  return withUser(state, { wantsToConnect: false, unsent: { status: 'Idle', body } });
};

export const userLater = (state: MacState, at: Instant): MacState =>
  withUser(state, retryAfter(state.user?.failures ?? 0, at));

/** 410 means that this server manages no users. A challenge is beyond the users of this test bed: they give up. */
export const userReplied = (mac: Mac, state: MacState, contact: UserContact, reply: Reply, at: Instant): MacState => {
  if (reply.status === 410 && contact !== 'user-connect') return withUser(state, { ...FRESH, stage: 'refused' });
  if (reply.status < 200 || reply.status > 299) return userLater(state, at);
  switch (contact) {
    case 'user-authenticate': {
      const challenge = reply.body.length === 0 ? '' : decode(reply.body)?.['DigestChallenge'];
      return withUser(state, {
        ...FRESH,
        stage: challenge === '' || challenge === undefined ? 'authenticated' : 'refused',
      });
    }
    case 'user-token-update':
      return withUser(state, { ...FRESH, stage: 'enrolled' });
    case 'user-connect':
      return commandHeard(mac, withUser(state, FRESH), reply.body, at);
  }
};

const commandHeard = (mac: Mac, state: MacState, body: Buffer, at: Instant): MacState => {
  if (body.length === 0) return withUser(state, { unsent: null });
  const command = decode(body);
  if (command && Object.keys(command).length > 0) {
    const answered = answerUser(mac, state, command, at);
    return withUser(answered.state, { unsent: answered.unsent });
  }
  const noted = withDefect(state, at, 'malformed-reply', `200 with ${body.length} bytes that are no command`);
  return userLater(withUser(noted, { unsent: null }), at);
};

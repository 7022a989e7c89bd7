import { earliest, type Instant, latest, toMillis } from '@managed-os/kernel';
import { awakeFrom, isAwake } from './awake.js';
import { syncEndpoint } from './declarations/sync.js';
import type { Mac } from './fleet.js';
import { nextTurnAt } from './life.js';
import { isNapping } from './power.js';
import type { MacState } from './state.js';
import { reportFrom } from './status/report.js';
import { type UserContact, userContact } from './user-channel.js';

/** When a Mac has something to say, and what. */

export type Contact =
  | ('authenticate' | 'token-update' | 'check-out' | 'set-bootstrap-token' | 'get-bootstrap-token')
  | ('connect' | 'declarations' | 'status-report')
  | UserContact;

interface Errand {
  readonly contact: Contact;
  /** `null`: at once. */
  readonly from: Instant | null;
}

const later = (a: Instant, b: Instant | null): Instant => (b === null ? a : latest(a, b));

/** What there is to say, the most urgent first. A restarting Mac says nothing, nor one whose enrollment is gone. */
const errandsOf = (mac: Mac, state: MacState): readonly Errand[] => {
  const { enrollment, retryAt, install, escrowAt, declarative, user } = state;
  if (enrollment === 'dropped' || install?.stage === 'restarting') return [];
  if (enrollment === 'none') return [{ contact: 'authenticate', from: retryAt }];
  if (enrollment === 'authenticated') return [{ contact: 'token-update', from: retryAt }];
  if (state.leaving) return [{ contact: 'check-out', from: null }];
  const errands: Errand[] = [];
  if (escrowAt !== null) errands.push({ contact: 'set-bootstrap-token', from: later(escrowAt, retryAt) });
  if (install?.stage === 'authorizing') {
    errands.push({ contact: 'get-bootstrap-token', from: later(install.askAt, retryAt) });
  }
  if (state.unsent !== null || state.wantsToConnect) errands.push({ contact: 'connect', from: retryAt });
  const users = user ? userContact(mac, user) : undefined;
  if (user && users !== undefined) errands.push({ contact: users, from: later(user.loginAt, user.retryAt) });
  if (declarative?.sync && syncEndpoint(declarative) !== undefined) {
    errands.push({ contact: 'declarations', from: declarative.sync.retryAt });
  }
  const from = reportFrom(mac, state);
  if (from !== undefined) errands.push({ contact: 'status-report', from });
  return errands;
};

/**
 * What the Mac would say to the server now; `undefined` when it has nothing to say or cannot speak.
 * In the middle of a conversation it stays awake until that one is over; in Power Nap it connects and does nothing else.
 */
export const contactAt = (mac: Mac, state: MacState, now: Instant, isTalking = false): Contact | undefined => {
  const isUp = isAwake(mac, now) || (isTalking && state.unsent !== null);
  const due = errandsOf(mac, state).filter(({ from }) => from === null || toMillis(from) <= toMillis(now));
  return due.find(({ contact }) => isUp || (contact === 'connect' && isNapping(mac, now)))?.contact;
};

/** The next instant after which `advance` or `contactAt` may say something new; `undefined`: not by itself. */
export const dueAfter = (mac: Mac, state: MacState, now: Instant): Instant | undefined => {
  const turn = nextTurnAt(mac, state);
  const contacts = errandsOf(mac, state).map(({ contact, from }) =>
    contact === 'connect' && mac.powerNap ? later(now, from) : awakeFrom(mac, later(now, from)),
  );
  const [first, ...rest] = [...(turn === undefined ? [] : [turn]), ...contacts];
  return first === undefined ? undefined : earliest(first, ...rest);
};

/** Exchanges that failed in a row, on whichever errand. */
export const failuresIn = ({ failures, declarative, user }: MacState): number =>
  Math.max(failures, declarative?.sync?.failures ?? 0, declarative?.report?.failures ?? 0, user?.failures ?? 0);

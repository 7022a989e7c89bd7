import { addMillis, type Instant, toMillis } from '@managed-os/kernel';
import { afterAwake } from '../awake.js';
import { drawMinutes } from '../chance.js';
import type { Mac } from '../fleet.js';
import type { MacState } from '../state.js';
import type { Enforcement } from './enforcement.js';
import { noticeAfter } from './notices.js';
import { appearsAt, candidateFor, isQuiet, type Wanted, wantedOf } from './wanted.js';

const HOUR = 3_600_000;

/** An hour of being awake from then on. */
export const padded = (mac: Mac, at: Instant): Instant => afterAwake(mac, at, HOUR);

/**
 * The declarations changed, or the Mac did: what is it to install now? The earliest deadline that Apple offers comes first,
 * what is in hand goes on as long as its declaration stands, and a restart that has begun is not called off.
 */
export const reconsidered = (mac: Mac, state: MacState, at: Instant): MacState => {
  if (state.install?.stage === 'committing' || state.install?.stage === 'restarting') return state;
  const wanted = wantedOf(mac, state);
  const choice = wanted.map((one) => chosen(mac, state, one, at)).find((one) => one !== undefined);
  const lookAgainAt = appearsAt(mac, wanted, at);
  if (choice && choice === state.enforced) return { ...state, lookAgainAt };
  const isOurs = state.install !== null && state.install.by !== 'mdm';
  return { ...state, lookAgainAt, enforced: choice ?? null, install: isOurs ? null : state.install };
};

const chosen = (mac: Mac, state: MacState, wanted: Wanted, at: Instant): Enforcement | undefined => {
  const { enforced } = state;
  if (enforced?.identifier === wanted.identifier && enforced.serverToken === wanted.serverToken) return enforced;
  const candidate = candidateFor(mac, state, wanted, at);
  if (!candidate) return undefined;
  const { identifier, serverToken, targetLocalDateTime, deadline } = wanted;
  const attemptAt = toMillis(deadline) > toMillis(at) ? deadline : padded(mac, at);
  // The same update under another declaration: what was loaded stays, only the times are new.
  const kept = enforced?.candidate.productKey === candidate.productKey ? enforced : undefined;
  return {
    identifier,
    serverToken,
    candidate,
    targetLocalDateTime,
    attemptAt,
    noticeAt: noticeAfter(mac, attemptAt, addMillis(at, -1), isQuiet(mac, state)),
    failure: kept?.failure ?? null,
    work: kept?.work ?? { stage: 'waiting', until: afterAwake(mac, at, lookMillis(mac, candidate.productKey)) },
  };
};

/** How long it takes to look at Apple's servers. */
const lookMillis = (mac: Mac, productKey: string): number => drawMinutes(mac, `look for ${productKey}`, 0, 1, 4);

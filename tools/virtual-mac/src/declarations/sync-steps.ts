import type { Instant } from '@managed-os/kernel';
import { type MacState, withDefect } from '../state.js';
import { type Declaration, isSame, type Item } from './declaration.js';
import { type Doubt, FRESH, missing, remember, type Step } from './declarative-state.js';
import { type Manifest, type Tokens, tooLong } from './server-replies.js';

/** A set that changes under the Mac's hands so often does not hold still at all. */
const MOST_ROUNDS = 3;

const withDefects = (state: MacState, at: Instant, details: readonly string[]): MacState =>
  details.reduce((noted, detail) => withDefect(noted, at, 'too-long', detail), state);

/** The set's token as the server names it: nothing to do when that set is held. */
export const tokensHeard = (
  state: MacState,
  sync: Step<'tokens'>,
  { declarationsToken, timestamp }: Tokens,
  at: Instant,
): MacState => {
  const noted = withDefects(state, at, tooLong(declarationsToken));
  const { declarationsToken: mine, timestamp: latest } = noted.declarative ?? {
    declarationsToken: null,
    timestamp: null,
  };
  if (latest !== null && Date.parse(timestamp) < Date.parse(latest)) {
    // Timestamps order sets, so an earlier one is an older set, and the newer one stays.
    const detail = `the Timestamp went back from ${latest} to ${timestamp} (trap 38)`;
    return remember(withDefect(noted, at, 'timestamp-backwards', detail), { sync: null });
  }
  if (declarationsToken === mine) return remember(noted, { sync: null, timestamp });
  if (declarationsToken === sync.confirming || sync.rounds >= MOST_ROUNDS) {
    const detail = `tokens says ${declarationsToken}, declaration-items says ${mine} (trap 6)`;
    return remember(withDefect(noted, at, 'declarations-token-mismatch', detail), { sync: null, timestamp });
  }
  const { rounds, doubts } = sync;
  return remember(noted, {
    timestamp,
    sync: { ...FRESH, step: 'items', announced: declarationsToken, rounds: rounds + 1, doubts },
  });
};

/** The list: what is held under its token stays, the rest is fetched or dropped. */
export const manifestHeard = (
  state: MacState,
  sync: Step<'items'>,
  { declarationsToken, items }: Manifest,
  at: Instant,
): MacState => {
  const noted = withDefects(state, at, tooLong(declarationsToken, items));
  const sure = sync.doubts.reduce((settled, doubt) => doubtSettled(settled, doubt, items, at), noted);
  const nothingYet = { doubts: [], fetched: [], gone: [] };
  return onwards(sure, { ...sync, ...nothingYet, step: 'declarations', declarationsToken, items });
};

/** A document newer than the list is no mistake, the next list has its token. One that is listed as before will always differ. */
const doubtSettled = (state: MacState, doubt: Doubt, items: readonly Item[], at: Instant): MacState => {
  const listed = items.find((item) => isSame(item, doubt));
  if (listed?.serverToken !== doubt.serverToken) return state;
  const detail = `${doubt.identifier} is listed as ${doubt.serverToken} and comes as ${doubt.given}`;
  const held = (state.declarative?.held ?? []).map((mine) =>
    isSame(mine, doubt) ? { ...mine, serverToken: doubt.serverToken } : mine,
  );
  return remember(withDefect(state, at, 'server-token-mismatch', detail), { held });
};

/** Goes on with the next document, or, when there is none left, the new set is what the Mac holds. */
export const onwards = (state: MacState, sync: Step<'declarations'>): MacState => {
  const held = state.declarative?.held ?? [];
  if (missing(sync, held).length > 0) return remember(state, { sync });
  const { declarationsToken, announced, rounds, doubts } = sync;
  const now = sync.items.flatMap((item): readonly Declaration[] => {
    const mine = [...sync.fetched, ...held].find((declaration) => isSame(declaration, item));
    return mine && !sync.gone.some((other) => isSame(other, item)) ? [mine] : [];
  });
  const next = { ...FRESH, announced, rounds, doubts };
  return remember(state, {
    held: now,
    declarationsToken,
    sync:
      doubts.length > 0
        ? { ...next, step: 'items' }
        : declarationsToken === announced
          ? null
          : { ...next, step: 'tokens', confirming: announced },
  });
};

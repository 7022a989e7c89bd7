import type { Instant } from '@managed-os/kernel';
import type { Reply } from '../delivery.js';
import { reconsidered } from '../enforcement/reconsider.js';
import type { Mac } from '../fleet.js';
import { retryAfter } from '../retry.js';
import { type DefectKind, type MacState, withDefect } from '../state.js';
import { type DeclarativeState, FRESH, missing, remember, type Sync } from './declarative-state.js';
import { documentHeard } from './document-heard.js';
import { type Read, readManifest, readTokens } from './server-replies.js';
import { manifestHeard, onwards, tokensHeard } from './sync-steps.js';

/**
 * How a Mac brings its declarations in line with the server's (section 4.3 of the protocol's specification): tokens, list,
 * documents, each a check-in message of its own. A step is on disk before the next one is asked for.
 */

/** The command DeclarativeManagement, which turns declarations on when they are not; `data` is its TokensResponse. */
export const syncAsked = (state: MacState, data: Uint8Array | undefined, at: Instant): MacState => {
  const asking = { ...FRESH, rounds: 0, doubts: [], step: 'tokens', announced: null, confirming: null } as const;
  const enabled = remember(state, { sync: asking });
  if (data === undefined) return enabled;
  const tokens = readTokens(data);
  return tokens.ok
    ? tokensHeard(enabled, asking, tokens.value, at)
    : withDefect(enabled, at, 'tokens-malformed', tokens.mistake);
};

/** Where the Mac asks next; `undefined` when it asks nothing. */
export const syncEndpoint = ({ sync, held }: DeclarativeState): string | undefined => {
  switch (sync?.step) {
    case undefined:
      return undefined;
    case 'tokens':
      return 'tokens';
    case 'items':
      return 'declaration-items';
    case 'declarations': {
      const item = missing(sync, held)[0];
      return item && `declaration/${item.kind}/${item.identifier}`;
    }
  }
};

/**
 * The server answered the question at `syncEndpoint`: 404 is an answer to a document only, everything else but 2xx means later.
 * With the last answer the new set is what the Mac obeys.
 */
export const syncReplied = (mac: Mac, state: MacState, reply: Reply, at: Instant): MacState => {
  const next = answered(mac, state, reply, at);
  return next.declarative?.held === state.declarative?.held ? next : reconsidered(mac, next, at);
};

const answered = (mac: Mac, state: MacState, reply: Reply, at: Instant): MacState => {
  const { sync, held } = state.declarative ?? { sync: null, held: [] };
  if (!sync) return state;
  const item = sync.step === 'declarations' ? missing(sync, held)[0] : undefined;
  if (sync.step === 'declarations' && item && reply.status === 404) {
    return onwards(state, { ...sync, ...FRESH, gone: [...sync.gone, item] });
  }
  if (reply.status < 200 || reply.status > 299) return syncLater(state, at);
  switch (sync.step) {
    case 'tokens':
      return understood(state, at, 'tokens-malformed', readTokens(reply.body), (tokens) =>
        tokensHeard(state, { ...sync, ...FRESH }, tokens, at),
      );
    case 'items':
      return understood(state, at, 'declaration-items-malformed', readManifest(reply.body), (manifest) =>
        manifestHeard(state, { ...sync, ...FRESH }, manifest, at),
      );
    case 'declarations':
      return item ? documentHeard(mac, state, { ...sync, ...FRESH }, item, reply.body, at) : onwards(state, sync);
  }
};

const understood = <T>(
  state: MacState,
  at: Instant,
  defect: DefectKind,
  read: Read<T>,
  go: (value: T) => MacState,
): MacState => (read.ok ? go(read.value) : syncLater(withDefect(state, at, defect, read.mistake), at));

/** No answer, or one that means "again later": the Mac keeps what it has so far and asks the same once more. */
export const syncLater = (state: MacState, at: Instant): MacState => {
  const sync: Sync | null | undefined = state.declarative?.sync;
  return sync ? remember(state, { sync: { ...sync, ...retryAfter(sync.failures, at) } }) : state;
};

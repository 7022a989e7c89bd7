import {
  datedBack,
  followPmv,
  lostMajors,
  NOTHING_LISTED,
  type ParsedPmv,
  type PmvRefusal,
  type PmvState,
  samePmv,
  takePmv,
} from '@managed-os/apple-mdm';
import type { Fact, ReleasesEvent } from '@managed-os/contracts';
import { accept, addMillis, type Decider, type Instant, present } from '@managed-os/kernel';
import { bodyOf, entriesOf } from './entries.js';

/** A body of the feed was read. */
export interface ReadBody {
  readonly source: string;
  /** File name or address. */
  readonly capture: string;
  readonly sha256: string;
  /** From when on it counts. */
  readonly seen: Instant;
  readonly parsed: ParsedPmv;
  /** Of all that it lists, without its dates; absent when it cannot be read. */
  readonly listsSha256?: string;
  /** When builds were released, by the catalogue: a date before that is one that moved back. */
  readonly released?: ReadonlyMap<string, string>;
}

/** So long a list must say the same to be believed that it lost most of its majors. */
const BELIEVED_AFTER_MS = 86_400_000;

export interface FeedState {
  readonly pmv: PmvState;
  /** The body that the lists are from. */
  readonly taken: Fact<'FeedChanged'> | undefined;
  /** The newest body, when it was refused. */
  readonly refused: Fact<'FeedRefused'> | undefined;
  /** The body that was refused for what it does not list any more, whatever came of others since. */
  readonly doubted: Fact<'FeedRefused'> | undefined;
  /** Of the newest body that an event tells of. */
  readonly seen: string;
}

/**
 * What Apple's feed says, whatever is believed of it (X14): an event when that is something else than before, one for a body
 * of which nothing is taken, none for the same once more.
 */
export const feed: Decider<ReadBody, ReleasesEvent, FeedState> = {
  initial: { pmv: NOTHING_LISTED, taken: undefined, refused: undefined, doubted: undefined, seen: '' },

  decide(read, state) {
    const { source, capture, sha256, seen, parsed, released } = read;
    if (seen < state.seen) return accept();
    const followed = parsed.ok ? followPmv(state.pmv, parsed.body) : parsed;
    if (!followed.ok) return accept(...refusedOnce(read, followed.refusal, state));
    const body = followed.state.newest;
    const lost = body && lostMajors(state.pmv, body);
    if (lost && !isBelieved(read, state)) return accept(...refusedOnce(read, lost, state, read.listsSha256));
    const { newest } = state.pmv;
    // A date moved back, or one that did was corrected.
    const redated = datedBack(state.pmv, released) !== datedBack(followed.state, released);
    const same = newest && body && samePmv(newest, body) && !redated;
    if (!body || (same && !state.refused)) return accept();
    return accept({ type: 'FeedChanged', source, capture, sha256, seen, entries: [...entriesOf(body)] });
  },

  evolve(state, event) {
    switch (event.type) {
      case 'FeedRefused':
        return {
          ...state,
          refused: event,
          doubted: event.listsSha256 === undefined ? state.doubted : event,
          seen: event.seen,
        };
      case 'FeedChanged':
        return {
          pmv: takePmv(state.pmv, bodyOf(event.entries)).state,
          taken: event,
          refused: undefined,
          doubted: undefined,
          seen: event.seen,
        };
      default:
        return state;
    }
  },
};

/** Nothing of it is taken; the same a second time is no news. */
const refusedOnce = (
  { source, capture, sha256, seen }: ReadBody,
  { reason, pointer }: PmvRefusal,
  { refused, doubted }: FeedState,
  listsSha256?: string,
): readonly ReleasesEvent[] => {
  const isKnown = sha256 === refused?.sha256 || (refused && listsSha256 && listsSha256 === doubted?.listsSha256);
  if (isKnown) return [];
  const event = { type: 'FeedRefused', source, capture, sha256, seen, reason, detail: pointer } as const;
  return [{ ...event, ...present({ listsSha256 }) }];
};

/** Whether a body says for a day what a refused one said first. */
const isBelieved = ({ listsSha256, seen }: ReadBody, { doubted }: FeedState): boolean =>
  doubted?.listsSha256 !== undefined &&
  doubted.listsSha256 === listsSha256 &&
  addMillis(doubted.seen as Instant, BELIEVED_AFTER_MS) <= seen;

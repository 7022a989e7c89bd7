import {
  followPmv,
  movesBack,
  NOTHING_LISTED,
  type ParsedPmv,
  type PmvState,
  samePmv,
  takePmv,
} from '@managed-os/apple-mdm';
import type { Fact, ReleasesEvent } from '@managed-os/contracts';
import { accept, type Decider, type Instant } from '@managed-os/kernel';
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
}

export interface FeedState {
  readonly pmv: PmvState;
  /** The body that the lists are from. */
  readonly taken: Fact<'FeedChanged'> | undefined;
  /** The newest body, when it was refused. */
  readonly refused: Fact<'FeedRefused'> | undefined;
  /** Of the newest body that an event tells of. */
  readonly seen: string;
}

/**
 * What Apple's feed says, whatever is believed of it (X14): an event when that is something else than before, one for a body
 * of which nothing is taken, none for the same once more.
 */
export const feed: Decider<ReadBody, ReleasesEvent, FeedState> = {
  initial: { pmv: NOTHING_LISTED, taken: undefined, refused: undefined, seen: '' },

  decide({ parsed, ...capture }, state) {
    if (capture.seen < state.seen) return accept();
    const followed = parsed.ok ? followPmv(state.pmv, parsed.body) : parsed;
    if (!followed.ok) {
      const { reason, pointer } = followed.refusal;
      if (capture.sha256 === state.refused?.sha256) return accept();
      return accept({ type: 'FeedRefused', ...capture, reason, detail: pointer });
    }
    const body = followed.state.newest;
    const { newest } = state.pmv;
    const same = newest && body && samePmv(newest, body) && !movesBack(state.pmv, followed.state);
    if (!body || (same && !state.refused)) return accept();
    return accept({ type: 'FeedChanged', ...capture, entries: [...entriesOf(body)] });
  },

  evolve(state, event) {
    switch (event.type) {
      case 'FeedRefused':
        return { ...state, refused: event, seen: event.seen };
      case 'FeedChanged':
        return {
          pmv: takePmv(state.pmv, bodyOf(event.entries)).state,
          taken: event,
          refused: undefined,
          seen: event.seen,
        };
      default:
        return state;
    }
  },
};

import type { Instant } from '@managed-os/kernel';
import type { MacState } from '../state.js';
import { type Declaration, isSame, type Item } from './declaration.js';

/** Exchanges of one kind that failed in a row, and when the next may be tried. */
export interface Patience {
  readonly failures: number;
  readonly retryAt: Instant | null;
}

export const FRESH: Patience = { failures: 0, retryAt: null };

/** A document that did not carry the token under which it was listed. */
export interface Doubt extends Item {
  readonly given: string;
}

interface Syncing extends Patience {
  /** The token that made the Mac ask; `null` before any was heard. */
  readonly announced: string | null;
  /** How often the set changed under its hands. */
  readonly rounds: number;
  readonly doubts: readonly Doubt[];
}

export type Sync =
  /** Asks for the tokens; `confirming`: the token that the list itself did not agree with. */
  | (Syncing & { readonly step: 'tokens'; readonly confirming: string | null })
  | (Syncing & { readonly step: 'items' })
  /** Fetches what of the list it does not hold, one after the other. */
  | (Syncing & {
      readonly step: 'declarations';
      readonly declarationsToken: string;
      readonly items: readonly Item[];
      readonly fetched: readonly Declaration[];
      readonly gone: readonly Item[];
    });

export type Step<S extends Sync['step']> = Extract<Sync, { readonly step: S }>;

/** A status report that the server has not yet taken. */
export interface Report extends Patience {
  readonly body: string;
  /** What the server knows once it has it. */
  readonly told: Told;
  readonly toldErrors: string;
  readonly isFull: boolean;
}

/** The value of each item that is subscribed to, as a text. */
export type Told = Readonly<Record<string, string>>;

/** What a Mac remembers once the server has turned declarations on. It cannot be turned off, only emptied. */
export interface DeclarativeState {
  /** Of the set that is held. */
  readonly declarationsToken: string | null;
  /** The latest that the server named. */
  readonly timestamp: string | null;
  readonly held: readonly Declaration[];
  readonly sync: Sync | null;
  readonly told: Told;
  readonly toldErrors: string;
  readonly report: Report | null;
  /** `null` until the first report was taken, and before macOS 14. */
  readonly fullReportAt: Instant | null;
}

export const newDeclarative = (): DeclarativeState => ({
  declarationsToken: null,
  timestamp: null,
  held: [],
  sync: null,
  told: {},
  toldErrors: '[]',
  report: null,
  fullReportAt: null,
});

export const remember = (state: MacState, change: Partial<DeclarativeState>): MacState => ({
  ...state,
  declarative: { ...(state.declarative ?? newDeclarative()), ...change },
});

/** What of the list is neither held under its token nor fetched by now. */
export const missing = (sync: Step<'declarations'>, held: readonly Declaration[]): readonly Item[] =>
  sync.items.filter(
    (item) =>
      !held.some((mine) => isSame(mine, item) && mine.serverToken === item.serverToken) &&
      !sync.fetched.some((mine) => isSame(mine, item)) &&
      !sync.gone.some((other) => isSame(other, item)),
  );

import type { Instant } from '@managed-os/kernel';
import type { Candidate, MacState } from '../state.js';

export type Work =
  /** Looks at Apple's servers. */
  | { readonly stage: 'waiting'; readonly until: Instant }
  /** Downloads and prepares. */
  | { readonly stage: 'downloading'; readonly until: Instant }
  /** `userAt`: when its user installs it without being made to. */
  | { readonly stage: 'prepared'; readonly userAt: Instant | null }
  /** The download failed; it begins again at `retryAt`. */
  | { readonly stage: 'download_failed'; readonly retryAt: Instant }
  /** The installation failed; the next attempt is another one. */
  | { readonly stage: 'install_failed' };

export interface UpdateFailure {
  readonly count: number;
  readonly reason: string;
  readonly at: Instant;
}

/** The one update that a declaration makes this Mac install; further declarations wait until it is done. */
export interface Enforcement {
  readonly identifier: string;
  readonly serverToken: string;
  readonly candidate: Candidate;
  readonly targetLocalDateTime: string;
  /** When it restarts and installs by itself: the deadline, and after that an hour of being awake later each time. */
  readonly attemptAt: Instant;
  /** When it next tells its user. */
  readonly noticeAt: Instant | null;
  readonly failure: UpdateFailure | null;
  readonly work: Work;
}

export const working = (state: MacState, change: Partial<Enforcement>): MacState =>
  state.enforced ? { ...state, enforced: { ...state.enforced, ...change } } : state;

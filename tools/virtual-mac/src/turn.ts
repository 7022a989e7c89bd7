import { type Instant, toMillis } from '@managed-os/kernel';
import type { Mac } from './fleet.js';
import type { MacState } from './state.js';

/** Something that happens to a Mac by itself. */
export interface Turn {
  readonly at: Instant;
  /** The state after it. What comes next is never at the same instant for the same reason again. */
  readonly apply: (mac: Mac, state: MacState, at: Instant) => MacState;
}

/** The earliest; of several at the same time, the first. */
export const firstOf = (turns: readonly Turn[]): Turn | undefined =>
  turns.reduce<Turn | undefined>((a, b) => (a && toMillis(a.at) <= toMillis(b.at) ? a : b), undefined);

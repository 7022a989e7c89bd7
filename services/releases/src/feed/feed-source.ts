import type { Instant } from '@managed-os/kernel';

/** A body of the feed as it was received. */
export interface Capture {
  /** File name or address. */
  readonly name: string;
  /** From when on it counts. */
  readonly seen: Instant;
  readonly bytes: Uint8Array;
}

export interface Asked {
  /** The instant of the newest body that was read before; empty when there was none. */
  readonly after: string;
  /** That one was refused. */
  readonly refused: boolean;
  readonly signal: AbortSignal;
}

/** Where bodies come from. */
export interface FeedSource {
  readonly name: 'pmv' | 'files';
  /**
   * The next body, when its time has come; `undefined` when `signal` aborts. Throws when it cannot be read now: then it is
   * asked again after a while.
   */
  next(asked: Asked): Promise<Capture | undefined>;
}

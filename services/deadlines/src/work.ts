import type { Clock, Instant } from '@managed-os/kernel';

/** Tells that there may be something to do. */
export interface Work {
  /** Resolves when rows were written that a loop looks at, or after a while, or when `signal` aborts; never rejects. */
  next(signal: AbortSignal): Promise<void>;
}

export interface Round {
  readonly handled: number;
  /** When there will be something to do even if nobody tells. */
  readonly nextAt?: Instant;
}

/** A round takes at most so many rows, and does so many Macs at a time: their appends ride together. */
export const BATCH = 2_000;
export const AT_A_TIME = 512;

/** Runs rounds until `signal` aborts; after one that found nothing it waits for word of work, or for `nextAt`. */
export const keepWorking = async (
  work: Work,
  clock: Clock,
  signal: AbortSignal,
  runOnce: (now: Instant) => Promise<Round>,
): Promise<void> => {
  while (!signal.aborted) {
    const over = new AbortController();
    const pause = AbortSignal.any([signal, over.signal]);
    try {
      // Asked before looking: word that comes in between is not missed.
      const told = work.next(pause);
      const { handled, nextAt } = await runOnce(clock.now());
      if (handled === 0) await Promise.race([told, ...(nextAt ? [clock.sleepUntil(nextAt, pause)] : [])]);
    } finally {
      over.abort();
    }
  }
};

export interface Outcome<T> {
  readonly done: readonly T[];
  readonly errors: readonly unknown[];
}

/** Does `act` for every entry, so many at a time; an error of one keeps none of the others from being done. */
export const forEach = async <T>(
  entries: readonly T[],
  atATime: number,
  act: (entry: T) => Promise<void>,
): Promise<Outcome<T>> => {
  const done: T[] = [];
  const errors: unknown[] = [];
  const rest = entries.values();
  const worker = async (): Promise<void> => {
    for (const entry of rest) {
      try {
        await act(entry);
        done.push(entry);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atATime, entries.length) }, worker));
  return { done, errors };
};

/** How many were done. Throws the first error when there was nothing else: what cannot be done holds up nobody. */
export const handledIn = ({
  handled,
  errors,
}: {
  readonly handled: number;
  readonly errors: readonly unknown[];
}): number => {
  if (errors.length > 0 && handled === 0) throw errors[0];
  return handled;
};

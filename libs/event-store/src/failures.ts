import type { Log } from './log.js';

const BACKOFF = [100, 200, 500, 1_000, 2_000, 5_000];

interface Failure {
  readonly error: unknown;
  readonly times: number;
}

/** Which projections fail how often in a row: each failure is told once, not at every try, and tries get rarer. */
export class Failures {
  private readonly known = new Map<string, Failure>();

  constructor(private readonly log?: Log) {}

  /** Milliseconds to wait before it is tried again. */
  pauseAfter(projection: string, error: unknown): number {
    const before = this.known.get(projection);
    const same = before !== undefined && String(before.error) === String(error);
    const times = same ? before.times + 1 : 1;
    this.known.set(projection, { error, times });
    if (!same) this.log?.error({ error, projection }, 'a projection failed; trying again');
    return BACKOFF[Math.min(times, BACKOFF.length) - 1] ?? 0;
  }

  of(projection: string): Failure | undefined {
    return this.known.get(projection);
  }

  over(projection: string): void {
    this.known.delete(projection);
  }
}

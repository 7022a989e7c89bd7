import { realTime } from '../clock.js';
import type { Clock } from '../clock.js';
import { addMillis, type Instant, toMillis } from '../instant.js';

/** A clock that stands still until a test moves it; sleepers wake in order of their instants. */
export class ManualClock implements Clock {
  readonly real = realTime;
  private sleepers: { readonly at: Instant; readonly wake: () => void }[] = [];

  constructor(private current: Instant) {}

  now(): Instant {
    return this.current;
  }

  sleepUntil(at: Instant, signal?: AbortSignal): Promise<void> {
    if (toMillis(at) <= toMillis(this.current) || signal?.aborted) return Promise.resolve();
    return new Promise((wake) => {
      this.sleepers.push({ at, wake });
      signal?.addEventListener('abort', () => wake(), { once: true });
    });
  }

  /** Moves the clock to `at` (never backwards) and wakes whoever waited for that. */
  moveTo(at: Instant): void {
    if (toMillis(at) > toMillis(this.current)) this.current = at;
    const due = this.sleepers.filter((s) => toMillis(s.at) <= toMillis(this.current));
    this.sleepers = this.sleepers.filter((s) => !due.includes(s));
    for (const sleeper of due.toSorted((a, b) => toMillis(a.at) - toMillis(b.at))) sleeper.wake();
  }

  advance(millis: number): void {
    this.moveTo(addMillis(this.current, millis));
  }
}

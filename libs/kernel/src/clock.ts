import { setTimeout as delay } from 'node:timers/promises';
import { type Instant, instant, toMillis } from './instant.js';

/** Real time: for held replies, retries, acknowledgement windows, tokens, TLS. Never simulated. */
export interface RealTime {
  now(): Instant;
  /** Monotonic milliseconds, for measuring how long something took. */
  elapsed(): number;
  /** Resolves after so many real milliseconds, or early (without an error) when `signal` aborts. */
  sleep(millis: number, signal?: AbortSignal): Promise<void>;
}

/** The only source of time. `now` and `sleepUntil` may be simulated; policy, poll intervals and patience use them. */
export interface Clock {
  /** Never earlier than an answer given before. */
  now(): Instant;
  /** Resolves once `now()` is at or after `at`, never before; or early (without an error) when `signal` aborts. */
  sleepUntil(at: Instant, signal?: AbortSignal): Promise<void>;
  readonly real: RealTime;
}

/** Node's timers hold at most 2^31 − 1 ms. */
export const LONGEST_TIMER = 2_147_000_000;

export const realTime: RealTime = {
  now: () => instant(Date.now()),
  elapsed: () => performance.now(),
  async sleep(millis, signal) {
    const end = performance.now() + millis;
    for (let left = millis; left > 0 && !signal?.aborted; left = end - performance.now()) {
      await delay(Math.min(Math.ceil(left), LONGEST_TIMER), undefined, signal ? { signal } : {}).catch(() => undefined);
    }
  },
};

/** The machine's clock: simulated time is real time. */
export class SystemClock implements Clock {
  readonly real = realTime;
  private last = 0;

  now(): Instant {
    this.last = Math.max(this.last, Date.now());
    return instant(this.last);
  }

  async sleepUntil(at: Instant, signal?: AbortSignal): Promise<void> {
    for (
      let left = toMillis(at) - toMillis(this.now());
      left > 0 && !signal?.aborted;
      left = toMillis(at) - toMillis(this.now())
    ) {
      await this.real.sleep(Math.min(left, LONGEST_TIMER), signal);
    }
  }
}

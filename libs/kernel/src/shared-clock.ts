import { type Clock, LONGEST_TIMER, realTime } from './clock.js';
import { type Instant, instant, toMillis } from './instant.js';

/** One shared reading of the simulated clock: at `real` it showed `simulated`, and since then it runs `rate` times as fast. */
export interface ClockAnchor {
  /** Counts up with every new anchor. */
  readonly revision: number;
  readonly real: Instant;
  readonly simulated: Instant;
  readonly rate: number;
  /** The clock stands still there until the next anchor, so a process that lost the clock server does not run ahead. */
  readonly until?: Instant;
}

/** now = simulated + (real − real₀) × rate, at most `until` */
export const simulatedMillis = (anchor: ClockAnchor, realMillis: number): number => {
  const free = toMillis(anchor.simulated) + (realMillis - toMillis(anchor.real)) * anchor.rate;
  return anchor.until === undefined ? free : Math.min(free, toMillis(anchor.until));
};

/** Whether this anchor gets to `at` by itself. */
const isWithin = ({ rate, until }: ClockAnchor, at: Instant): boolean =>
  rate > 0 && (until === undefined || toMillis(at) <= toMillis(until));

/**
 * A clock that every process of one system shares: it follows the anchors of a clock server
 * (`GET <url>` answers the present anchor at once, `GET <url>?after=<revision>` holds until there is a newer one).
 * While the server cannot be reached the last anchor goes on, as far as its `until`.
 */
export class SharedClock implements Clock {
  readonly real = realTime;
  private last = 0;
  private readonly turns = new EventTarget();
  private readonly closing = new AbortController();

  private constructor(
    private readonly url: string,
    private anchor: ClockAnchor,
  ) {}

  /** Reads the first anchor, retrying for 10 s; throws when the clock server stays silent. */
  static async connect(url: string): Promise<SharedClock> {
    for (let attempt = 1; ; attempt++) {
      try {
        const clock = new SharedClock(url, await fetchAnchor(url));
        void clock.follow();
        return clock;
      } catch (cause) {
        if (attempt === 50) throw new Error(`the shared clock at ${url} does not answer`, { cause });
        await realTime.sleep(200);
      }
    }
  }

  now(): Instant {
    this.last = Math.max(this.last, Math.floor(simulatedMillis(this.anchor, Date.now())));
    return instant(this.last);
  }

  async sleepUntil(at: Instant, signal?: AbortSignal): Promise<void> {
    while (!signal?.aborted && !this.closing.signal.aborted) {
      const left = toMillis(at) - toMillis(this.now());
      if (left <= 0) return;
      const turn = new AbortController();
      const wake = (): void => turn.abort();
      this.turns.addEventListener('turn', wake, { once: true });
      signal?.addEventListener('abort', wake, { once: true });
      await realTime.sleep(
        isWithin(this.anchor, at) ? Math.min(left / this.anchor.rate, LONGEST_TIMER) : LONGEST_TIMER,
        turn.signal,
      );
      this.turns.removeEventListener('turn', wake);
      signal?.removeEventListener('abort', wake);
    }
  }

  /** Stops following; every sleeper returns. */
  close(): void {
    this.closing.abort();
    this.turns.dispatchEvent(new Event('turn'));
  }

  private async follow(): Promise<void> {
    while (!this.closing.signal.aborted) {
      try {
        const next = await fetchAnchor(`${this.url}?after=${this.anchor.revision}`, this.closing.signal);
        if (next.revision !== this.anchor.revision) {
          this.anchor = next;
          this.turns.dispatchEvent(new Event('turn'));
        }
      } catch {
        await realTime.sleep(250, this.closing.signal);
      }
    }
  }
}

const fetchAnchor = async (url: string, signal?: AbortSignal): Promise<ClockAnchor> => {
  const response = await fetch(url, signal ? { signal } : {});
  if (!response.ok) throw new Error(`clock server answered ${response.status}`);
  return (await response.json()) as ClockAnchor;
};

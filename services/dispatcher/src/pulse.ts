import type { Clock, Instant } from '@managed-os/kernel';

/** What a loop waits on between two rounds: a nudge, an instant of the (simulated) clock, or some real time as a fallback. */
export class Pulse {
  private nudged = false;
  private waiting: { readonly until: Instant | undefined; readonly end: () => void } | undefined;

  constructor(private readonly clock: Clock) {}

  /**
   * There is something to do now, or at an instant that the loop may not know of yet; the loop is disturbed only when it
   * would sleep longer. Remembered when nobody waits.
   */
  nudge(at?: Instant): void {
    if (!this.waiting) this.nudged = true;
    else if (at === undefined || this.waiting.until === undefined || at < this.waiting.until) this.waiting.end();
  }

  async wait(until: Instant | undefined, longestMillis: number, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const end = (): void => over.abort();
    if (!this.nudged && !signal.aborted) {
      this.waiting = { until, end };
      signal.addEventListener('abort', end, { once: true });
      await Promise.race([
        this.clock.real.sleep(longestMillis, over.signal),
        ...(until === undefined ? [] : [this.clock.sleepUntil(until, over.signal)]),
      ]);
      end();
      signal.removeEventListener('abort', end);
      this.waiting = undefined;
    }
    this.nudged = false;
  }
}

import type { Clock, Instant } from '@managed-os/kernel';

/** What a loop waits on between two rounds: a nudge, an instant of the (simulated) clock, or some real time as a fallback. */
export class Pulse {
  private nudged = false;
  private waiting: (() => void) | undefined;

  constructor(private readonly clock: Clock) {}

  /** There is something to do now. Remembered when nobody waits yet. */
  nudge(): void {
    this.nudged = true;
    this.waiting?.();
  }

  async wait(until: Instant | undefined, longestMillis: number, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const end = (): void => over.abort();
    this.waiting = end;
    signal.addEventListener('abort', end, { once: true });
    if (!this.nudged && !signal.aborted) {
      await Promise.race([
        this.clock.real.sleep(longestMillis, over.signal),
        ...(until === undefined ? [] : [this.clock.sleepUntil(until, over.signal)]),
      ]);
    }
    end();
    signal.removeEventListener('abort', end);
    this.waiting = undefined;
    this.nudged = false;
  }
}

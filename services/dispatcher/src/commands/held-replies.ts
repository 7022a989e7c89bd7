import type { RealTime } from '@managed-os/kernel';

/** Replies that wait for the next command of their Mac, so that a conversation needs one push and not one per step. */
export class HeldReplies {
  private readonly waiting = new Map<string, Set<() => void>>();

  constructor(private readonly real: RealTime) {}

  /** Something may be sendable now; true when a reply was waiting for it. */
  signal(deviceId: string): boolean {
    const waiters = this.waiting.get(deviceId);
    for (const wake of waiters ?? []) wake();
    return waiters !== undefined;
  }

  /** Resolves at the next signal for this Mac, or after so many real milliseconds. */
  async wait(deviceId: string, millis: number): Promise<void> {
    const signalled = new AbortController();
    const wake = (): void => signalled.abort();
    const waiters = this.waiting.get(deviceId) ?? new Set();
    this.waiting.set(deviceId, waiters.add(wake));
    await this.real.sleep(millis, signalled.signal);
    waiters.delete(wake);
    if (waiters.size === 0 && this.waiting.get(deviceId) === waiters) this.waiting.delete(deviceId);
  }
}

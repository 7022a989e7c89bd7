/** Runs work in order within a lane (one Mac) and side by side across lanes, so many at a time. */
export class Lanes {
  private readonly lanes = new Map<string, (() => Promise<void>)[]>();
  /** Lanes with work of which none is running; first come, first served. */
  private readonly ready: string[] = [];
  private running = 0;
  private idlers: (() => void)[] = [];

  constructor(private readonly concurrency: number) {}

  /** `work` must not reject. */
  add(lane: string, work: () => Promise<void>): void {
    const queue = this.lanes.get(lane);
    if (queue) queue.push(work);
    else {
      this.lanes.set(lane, [work]);
      this.ready.push(lane);
    }
    this.next();
  }

  /** Resolves when nothing is queued or running. */
  idle(): Promise<void> {
    return this.lanes.size === 0 ? Promise.resolve() : new Promise((resolve) => this.idlers.push(resolve));
  }

  private next(): void {
    while (this.running < this.concurrency) {
      const lane = this.ready.shift();
      if (lane === undefined) return;
      this.running += 1;
      void this.runOne(lane);
    }
  }

  private async runOne(lane: string): Promise<void> {
    const queue = this.lanes.get(lane) ?? [];
    await queue.shift()?.();
    this.running -= 1;
    if (queue.length > 0) this.ready.push(lane);
    else this.lanes.delete(lane);
    this.next();
    if (this.lanes.size === 0) for (const idler of this.idlers.splice(0)) idler();
  }
}

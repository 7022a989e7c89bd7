/** Waits without holding a place: while a Mac's message waits for its next try, others are handled. */
export type Rest = (wait: () => Promise<void>) => Promise<void>;

/** Runs work in order within a lane (one Mac) and side by side across lanes, so many at a time. */
export class Lanes {
  private readonly lanes = new Map<string, ((rest: Rest) => Promise<void>)[]>();
  /** Lanes with work of which none is running; first come, first served. */
  private readonly ready: string[] = [];
  /** Work that rested and wants a place again; it comes before what has not begun. */
  private readonly rested: (() => void)[] = [];
  private running = 0;
  private idlers: (() => void)[] = [];

  constructor(private readonly concurrency: number) {}

  /** `work` must not reject. */
  add(lane: string, work: (rest: Rest) => Promise<void>): void {
    const queue = this.lanes.get(lane);
    if (queue) queue.push(work);
    else {
      this.lanes.set(lane, [work]);
      this.ready.push(lane);
    }
    this.next();
  }

  /** Resolves when nothing is queued, running or resting. */
  idle(): Promise<void> {
    return this.lanes.size === 0 ? Promise.resolve() : new Promise((resolve) => this.idlers.push(resolve));
  }

  private next(): void {
    while (this.running < this.concurrency) {
      const resume = this.rested.shift();
      const lane = resume ? undefined : this.ready.shift();
      if (!resume && lane === undefined) return;
      this.running += 1;
      if (resume) resume();
      else if (lane !== undefined) void this.runOne(lane);
    }
  }

  private readonly rest: Rest = async (wait) => {
    this.running -= 1;
    this.next();
    await wait();
    await new Promise<void>((resume) => {
      this.rested.push(resume);
      this.next();
    });
  };

  private async runOne(lane: string): Promise<void> {
    const queue = this.lanes.get(lane) ?? [];
    await queue.shift()?.(this.rest);
    this.running -= 1;
    if (queue.length > 0) this.ready.push(lane);
    else this.lanes.delete(lane);
    this.next();
    if (this.lanes.size === 0) for (const idler of this.idlers.splice(0)) idler();
  }
}

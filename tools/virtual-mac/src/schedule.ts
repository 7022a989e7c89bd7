import { type Clock, type Instant, instant, toMillis } from '@managed-os/kernel';

interface Entry<T> {
  readonly at: number;
  readonly who: T;
}

const NEVER = instant(Date.UTC(9999, 0, 1));

/** One timer for any number of sleepers: who is due is called, earliest first. */
export class Schedule<T extends object> {
  /** A binary heap by `at`; an entry that `dueBy` no longer agrees with is stale. */
  private readonly heap: Entry<T>[] = [];
  private readonly dueBy = new Map<T, number>();
  private turn = new AbortController();

  constructor(
    private readonly clock: Clock,
    private readonly call: (who: T) => void,
  ) {}

  /** Replaces what was set for `who` before. */
  set(who: T, due: Instant | undefined): void {
    const at = due === undefined ? undefined : toMillis(due);
    if (this.dueBy.get(who) === at) return;
    if (at === undefined) {
      this.dueBy.delete(who);
      return;
    }
    this.dueBy.set(who, at);
    this.add({ at, who });
    if (this.heap[0]?.who === who) this.turn.abort();
  }

  isAnyDue(): boolean {
    this.dropStale();
    const first = this.heap[0];
    return first !== undefined && first.at <= toMillis(this.clock.now());
  }

  /** Calls who falls due until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.turn.abort(), { once: true });
    while (!signal.aborted) {
      this.turn = new AbortController();
      while (this.isAnyDue()) {
        const { who } = this.take();
        this.dueBy.delete(who);
        this.call(who);
      }
      if (signal.aborted) return;
      const first = this.heap[0];
      await this.clock.sleepUntil(first ? instant(first.at) : NEVER, this.turn.signal);
    }
  }

  private dropStale(): void {
    for (let top = this.heap[0]; top && this.dueBy.get(top.who) !== top.at; top = this.heap[0]) this.take();
  }

  private add(entry: Entry<T>): void {
    let index = this.heap.push(entry) - 1;
    for (let up = (index - 1) >> 1; index > 0 && this.at(up).at > entry.at; up = (index - 1) >> 1) {
      this.heap[index] = this.at(up);
      index = up;
    }
    this.heap[index] = entry;
  }

  private take(): Entry<T> {
    const top = this.at(0);
    const last = this.heap.pop();
    if (last === undefined || this.heap.length === 0) return top;
    let index = 0;
    for (let down = this.smaller(1); down < this.heap.length && this.at(down).at < last.at;) {
      this.heap[index] = this.at(down);
      index = down;
      down = this.smaller(2 * index + 1);
    }
    this.heap[index] = last;
    return top;
  }

  private smaller(left: number): number {
    return left + 1 < this.heap.length && this.at(left + 1).at < this.at(left).at ? left + 1 : left;
  }

  private at(index: number): Entry<T> {
    const entry = this.heap[index];
    if (!entry) throw new RangeError(`no entry ${index} in a heap of ${this.heap.length}`);
    return entry;
  }
}

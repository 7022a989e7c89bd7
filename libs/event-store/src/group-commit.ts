import { StoreClosed } from './errors.js';

export interface GroupCommitOptions<T, R> {
  /** Commits a batch and answers for each of its items in order; all or nothing. */
  readonly commit: (batch: readonly T[]) => Promise<readonly R[]>;
  /** Items that share a key never meet in one batch, nor in two that are in flight. */
  readonly keysOf: (item: T) => readonly string[];
  /** What an item weighs; a batch holds at most `heaviest`, or one item. */
  readonly weightOf: (item: T) => number;
  /** Whether an error blames an item (then the batch is halved until that item stands alone) or the world (then all fail). */
  readonly blames: (error: unknown) => boolean;
  readonly largest: number;
  readonly heaviest: number;
  readonly inFlight: number;
}

/** How many batches' worth of items are looked at for one batch: a long queue for one key must not make each look long. */
const LOOK_AHEAD = 4;

interface Waiting<T, R> {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Items that arrive while batches commit go out together as the next batch, in order of arrival per key. An item answers
 * for itself: neighbours that are refused or lose a race do not change its outcome.
 */
export class GroupCommit<T, R> {
  private waiting: Waiting<T, R>[] = [];
  private readonly busy = new Set<string>();
  private running = 0;
  private scheduled = false;
  private closed = false;
  private idle: (() => void) | undefined;

  constructor(private readonly options: GroupCommitOptions<T, R>) {}

  submit(item: T): Promise<R> {
    if (this.closed) return Promise.reject(new StoreClosed());
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      this.schedule();
    });
  }

  /** Takes nothing new and resolves when everything submitted before has its answer. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.running > 0 || this.waiting.length > 0) await new Promise<void>((resolve) => (this.idle = resolve));
  }

  /** In a microtask, so that what is submitted together goes out together. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      while (this.running < this.options.inFlight && this.waiting.length > 0) {
        const batch = this.take();
        if (batch.length === 0) return;
        void this.send(batch);
      }
    });
  }

  private take(): readonly Waiting<T, R>[] {
    const { largest, heaviest, keysOf, weightOf } = this.options;
    const batch: Waiting<T, R>[] = [];
    const passed: Waiting<T, R>[] = [];
    const keys = new Set(this.busy);
    let weight = 0;
    let looked = 0;
    for (const entry of this.waiting) {
      if (batch.length === largest || weight >= heaviest || looked === LOOK_AHEAD * largest) break;
      looked += 1;
      const own = keysOf(entry.item);
      const fits = batch.length === 0 || weight + weightOf(entry.item) <= heaviest;
      if (fits && !own.some((key) => keys.has(key))) {
        batch.push(entry);
        weight += weightOf(entry.item);
      } else passed.push(entry);
      // Also the keys of one that is passed over: what comes after it must not overtake it.
      for (const key of own) keys.add(key);
    }
    this.waiting = passed.concat(this.waiting.slice(looked));
    return batch;
  }

  private async send(batch: readonly Waiting<T, R>[]): Promise<void> {
    const keys = batch.flatMap((entry) => this.options.keysOf(entry.item));
    this.running += 1;
    for (const key of keys) this.busy.add(key);
    await this.commit(batch);
    this.running -= 1;
    for (const key of keys) this.busy.delete(key);
    if (this.waiting.length > 0) this.schedule();
    else if (this.running === 0) this.idle?.();
  }

  private async commit(batch: readonly Waiting<T, R>[]): Promise<void> {
    try {
      const results = await this.options.commit(batch.map((entry) => entry.item));
      for (const [index, entry] of batch.entries()) entry.resolve(results[index] as R);
    } catch (error) {
      if (batch.length === 1 || !this.options.blames(error)) {
        for (const entry of batch) entry.reject(error);
        return;
      }
      const middle = batch.length >> 1;
      await this.commit(batch.slice(0, middle));
      await this.commit(batch.slice(middle));
    }
  }
}

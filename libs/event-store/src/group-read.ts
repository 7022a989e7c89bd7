import { setImmediate as nextTurn } from 'node:timers/promises';

interface Asked<K, V> {
  readonly key: K;
  readonly resolve: (value: V) => void;
  readonly reject: (error: unknown) => void;
}

export interface GroupReadOptions<K, V> {
  /** Answers for each key in order; keys may repeat. */
  readonly read: (keys: readonly K[]) => Promise<readonly V[]>;
  /** Statements at once. */
  readonly inFlight: number;
  readonly largest: number;
}

/**
 * What is asked for while others are read goes out together as the next statement, as appends do: a statement for each costs
 * Node and PostgreSQL more than its answer. Nothing is remembered: a statement begins after whoever it answers has asked,
 * and what fails, fails for all that it reads.
 */
export class GroupRead<K, V> {
  private waiting: Asked<K, V>[] = [];
  private running = 0;
  private scheduled = false;

  constructor(private readonly options: GroupReadOptions<K, V>) {}

  get(key: K): Promise<V> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ key, resolve, reject });
      this.schedule();
    });
  }

  /** Behind all that arrives in this turn of the event loop, so that it goes out together. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    void nextTurn().then(() => {
      this.scheduled = false;
      const { inFlight, largest } = this.options;
      while (this.running < inFlight && this.waiting.length > 0) void this.send(this.waiting.splice(0, largest));
    });
  }

  private async send(asked: readonly Asked<K, V>[]): Promise<void> {
    this.running += 1;
    try {
      const values = await this.options.read(asked.map(({ key }) => key));
      if (values.length !== asked.length) throw new Error(`${asked.length} keys were read, ${values.length} answered`);
      values.forEach((value, index) => asked[index]?.resolve(value));
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
    this.running -= 1;
    if (this.waiting.length > 0) this.schedule();
  }
}

import type { Running } from '../infra/processes.js';
import { real } from '../infra/real-time.js';

export type PartState = 'starting' | 'ready' | 'restarting' | 'stopped';

/** One part of the system: how it starts (resolves when it is ready, throws when it does not get there) and who hears about it. */
export interface Part {
  readonly name: string;
  /** Aborts what it does when `stopping` aborts; leaves no process behind when it throws. */
  start(stopping: AbortSignal): Promise<Running>;
  /** A line for a person. */
  said(line: string): void;
}

const PAUSE = 1_000;
const FIRST_TRIES = 3;

/** Keeps one part alive: whatever ends it, it is started again after a second, until `stop`. */
export class Keeper {
  private current: PartState = 'starting';
  private running: Running | undefined;
  private readonly stopping = new AbortController();
  private watch: Promise<void> = Promise.resolve();

  constructor(private readonly part: Part) {}

  get state(): PartState {
    return this.current;
  }

  get name(): string {
    return this.part.name;
  }

  /** Resolves when the part is ready for the first time. Throws the last error when it does not get there in three tries. */
  async begin(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        this.running = await this.part.start(this.stopping.signal);
        break;
      } catch (error) {
        if (attempt === FIRST_TRIES || this.stopping.signal.aborted) throw error;
        this.part.said(`${this.name}: ${firstLine(error)}; tries again in 1 s`);
        await real.sleep(PAUSE, this.stopping.signal);
      }
    }
    this.current = 'ready';
    this.watch = this.keep(this.running);
  }

  /** Ends the part and resolves when it is gone. Also while it starts. Repeated: the same. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running?.stop();
    await this.watch;
    this.current = 'stopped';
  }

  private async keep(first: Running): Promise<void> {
    for (let running: Running | undefined = first; ;) {
      const how = await running.exited;
      if (this.stopping.signal.aborted) return;
      this.current = 'restarting';
      this.part.said(`${this.name}: ended (${how}); starts again in 1 s`);
      running = await this.startAgain();
      if (running === undefined) return;
      this.current = 'ready';
      this.part.said(`${this.name}: runs again`);
    }
  }

  private async startAgain(): Promise<Running | undefined> {
    const { signal } = this.stopping;
    for (let told = ''; ;) {
      await real.sleep(PAUSE, signal);
      if (signal.aborted) return undefined;
      try {
        const running = await this.part.start(signal);
        this.running = running;
        if (signal.aborted) await running.stop();
        return signal.aborted ? undefined : running;
      } catch (error) {
        if (signal.aborted) return undefined;
        if (firstLine(error) !== told) this.part.said(`${this.name}: ${firstLine(error)}; tries again`);
        told = firstLine(error);
      }
    }
  }
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';

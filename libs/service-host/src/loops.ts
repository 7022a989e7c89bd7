import type { RealTime } from '@managed-os/kernel';
import type { Logger } from './logger.js';

interface Loop {
  readonly name: string;
  readonly run: (signal: AbortSignal) => Promise<void>;
}

const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 10_000;

/** Work that goes on for the life of a service. A loop that throws is logged and run again after a pause. */
export class Loops {
  private readonly stopping = new AbortController();
  private readonly waiting: Loop[] = [];
  private readonly running: Promise<void>[] = [];
  private started = false;

  constructor(
    private readonly real: RealTime,
    private readonly log: Logger,
  ) {}

  /** Registers a loop; it begins when the service listens. `run` returns when `signal` aborts, and may throw. */
  run(name: string, run: (signal: AbortSignal) => Promise<void>): void {
    const loop = { name, run };
    if (this.started) this.running.push(this.keepRunning(loop));
    else this.waiting.push(loop);
  }

  start(): void {
    this.started = true;
    this.running.push(...this.waiting.splice(0).map((loop) => this.keepRunning(loop)));
  }

  /** Asks every loop to stop and waits until all did. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.running);
  }

  private async keepRunning({ name, run }: Loop): Promise<void> {
    const { signal } = this.stopping;
    for (let pause = FIRST_PAUSE; !signal.aborted; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      const began = this.real.elapsed();
      try {
        await run(signal);
        if (signal.aborted) return;
      } catch (error) {
        if (signal.aborted) return;
        this.log.error({ error, loop: name }, 'a loop failed and starts again');
      }
      if (this.real.elapsed() - began > LONGEST_PAUSE) pause = FIRST_PAUSE;
      await this.real.sleep(pause, signal);
    }
  }
}

import type { Logger } from './logger.js';

/** What was started and must be stopped, the last one first. */
export class Stops {
  private readonly started: { readonly what: string; readonly stop: () => Promise<unknown> }[] = [];

  constructor(private readonly log: Logger) {}

  add(what: string, stop: () => Promise<unknown>): void {
    this.started.push({ what, stop });
  }

  /** Stops everything, each after the one before has stopped; one that fails is logged and holds up none. Once. */
  async all(): Promise<void> {
    for (const { what, stop } of this.started.splice(0).toReversed()) {
      await stop().catch((error: unknown) => this.log.error({ error, what }, 'stopping failed'));
    }
  }
}

import { metrics } from '@opentelemetry/api';
import { type Checkpoint, createCheckpoint, movedCheckpoint, overtakenBy, readCheckpoint } from './checkpoint.js';
import type { LogEntry } from './event-store.js';
import { fold, ProjectionFailed } from './fold.js';
import { LogCursor, type LogReader, type Page } from './log-cursor.js';
import { Pipeline } from './pipeline.js';
import type { Projection } from './projection.js';
import type { Rebuilds } from './rebuilds.js';

const lag = metrics
  .getMeter('@managed-os/event-store')
  .createGauge('mos.projection.lag', { description: 'Positions between a projection and the end of the log' });

const ANSWER_TIMEOUT = 60_000;

/** Follows the log into one read model. One at a time per projection; a second one is `Overtaken` and writes nothing. */
export class Projector {
  /** Where a handler last threw. */
  private failedAt = 0n;

  constructor(
    private readonly store: LogReader,
    private readonly databaseUrl: string,
    private readonly projection: Projection,
    private readonly rebuilds: Rebuilds,
    private readonly moved: (position: bigint) => void,
  ) {}

  /** Until `signal` aborts. Throws what stopped it; nothing of the transaction in hand is kept then. */
  async run(signal: AbortSignal): Promise<void> {
    const { name } = this.projection;
    const pipeline = await Pipeline.open(this.databaseUrl, `projection ${name}`, ANSWER_TIMEOUT);
    try {
      let checkpoint = await this.open(pipeline, signal);
      const cursor = new LogCursor(this.store, checkpoint.position, this.projection);
      let confirmed = Promise.resolve();
      while (!signal.aborted) {
        const page = await cursor.next();
        if (!page) {
          await confirmed;
          await cursor.more(signal);
          continue;
        }
        for (const { entries, position } of this.partsOf(page)) {
          const to = { ...checkpoint, position };
          const { committed } = await this.project(pipeline, checkpoint, to, entries);
          checkpoint = to;
          // While the server works on this part the next one is prepared, and no more than that.
          await confirmed;
          confirmed = committed.then(() => this.moved(position));
          confirmed.catch(() => undefined);
        }
        lag.record(Math.max(0, Number(page.head - page.position)), { projection: name });
      }
      await confirmed;
    } catch (error) {
      if (error instanceof ProjectionFailed) this.failedAt = error.position;
      throw error;
    } finally {
      await pipeline.close();
    }
  }

  private project(pipeline: Pipeline, from: Checkpoint, to: Checkpoint, entries: readonly LogEntry[]) {
    const { name } = this.projection;
    return pipeline.send(async () => {
      pipeline.write(movedCheckpoint(pipeline.db, name, from, to), (cause) => overtakenBy(name, cause));
      await fold(pipeline, this.projection, entries);
    });
  }

  /** What comes before an entry that failed is kept, and that entry is tried alone. */
  private partsOf(page: Page): readonly Pick<Page, 'entries' | 'position'>[] {
    const at = page.entries.findIndex(({ position }) => position === this.failedAt);
    const failed = page.entries[at];
    if (!failed) return [page];
    const before = page.entries.slice(0, at);
    const last = before.at(-1);
    return [
      ...(last ? [{ entries: before, position: last.position }] : []),
      { entries: [failed], position: failed.position },
      ...(failed.position < page.position ? [{ entries: page.entries.slice(at + 1), position: page.position }] : []),
    ];
  }

  /** Where to go on, once the rows are of this version: until then a rebuild makes them, here or in another replica. */
  private async open({ db }: Pipeline, signal: AbortSignal): Promise<Checkpoint> {
    const { name, version } = this.projection;
    await createCheckpoint(db, name, version);
    for (;;) {
      const changed = this.rebuilds.changed(signal);
      const found = await readCheckpoint(db, name);
      if (found?.version === version) {
        await this.rebuilds.giveUpOthers(name, version);
        return found;
      }
      signal.throwIfAborted();
      await this.rebuilds.askForVersion(name, version);
      await changed;
    }
  }
}

import type { RealTime } from '@managed-os/kernel';
import { lockCheckpoint, movedCheckpoint, overtakenBy, readCheckpoint } from './checkpoint.js';
import { withSettings } from './connection.js';
import { fold } from './fold.js';
import { LogCursor, type LogReader, type Page } from './log-cursor.js';
import { Pipeline } from './pipeline.js';
import type { Projection } from './projection.js';
import type { Progress, Rebuilds, Run } from './rebuilds.js';
import { Shadow } from './shadow.js';

/** For one statement that replaces all rows of a table. */
const ANSWER_TIMEOUT = 600_000;
const NOTE_EVERY = 500;
const TIDY_EVERY = 100_000n;

/**
 * Folds the log from its first position into a shadow of a read model, beside whoever follows the log into the read model
 * itself, and puts the shadow's rows in place of the old ones at the end. Whatever stops it before that leaves no trace.
 */
export class Rebuilder {
  constructor(
    private readonly store: LogReader,
    private readonly databaseUrl: string,
    private readonly schema: string,
    private readonly projection: Projection,
    private readonly rebuilds: Rebuilds,
    private readonly real: RealTime,
  ) {}

  /** Throws `Overtaken` when another process did it meanwhile, `RebuildRefused`, `ProjectionFailed`, or why the database was lost. */
  async run(id: string, signal: AbortSignal): Promise<Progress> {
    const { name, tables } = this.projection;
    const url = withSettings(this.databaseUrl, { temp_buffers: '64MB' });
    const pipeline = await Pipeline.open(url, `rebuild ${name}`, ANSWER_TIMEOUT);
    try {
      const run = await this.rebuilds.start(id, name, await this.store.lastPosition());
      const shadow = await Shadow.open(pipeline, this.schema, tables);
      const caughtUp = await this.catchUp(pipeline, shadow, run, signal);
      await shadow.tidy();
      signal.throwIfAborted();
      return await this.switchOver(pipeline, shadow, run, caughtUp);
    } finally {
      await pipeline.close();
    }
  }

  /** Up to the end of the log, or past whoever follows it: with events arriving faster than they are folded there is no end. */
  private async catchUp(pipeline: Pipeline, shadow: Shadow, run: Run, signal: AbortSignal): Promise<Progress> {
    const { store, projection, real } = this;
    const cursor = new LogCursor(store, 0n, projection);
    let done: Progress = { position: 0n, head: 0n, events: 0n };
    let tidied = 0n;
    for (let noted = real.elapsed(); ;) {
      const page = await cursor.next();
      if (!page) return done;
      signal.throwIfAborted();
      await pipeline.transaction(async () => {
        await fold(pipeline, projection, page.entries);
        await shadow.refuseOthers();
      });
      done = after(done, page);
      if (done.events - tidied >= TIDY_EVERY) {
        await shadow.tidy();
        tidied = done.events;
      }
      if (real.elapsed() - noted < NOTE_EVERY) continue;
      await this.rebuilds.progress(run, done);
      noted = real.elapsed();
      const live = await readCheckpoint(pipeline.db, projection.name);
      if (live?.version === projection.version && live.position <= done.position) return done;
    }
  }

  /** Whoever follows the log into the read model waits meanwhile, and then goes on from the new checkpoint. */
  private switchOver(pipeline: Pipeline, shadow: Shadow, run: Run, caughtUp: Progress): Promise<Progress> {
    const { store, projection, rebuilds } = this;
    const { name, version } = projection;
    return pipeline.transaction(async () => {
      const live = await lockCheckpoint(pipeline.db, name);
      const cursor = new LogCursor(store, caughtUp.position, projection);
      let done = caughtUp;
      // Readers do not go back in time.
      while (done.position < live.position) {
        const page = await cursor.next();
        if (!page) break;
        await fold(pipeline, projection, page.entries);
        done = after(done, page);
      }
      await shadow.refuseOthers();
      await shadow.replaceRows();
      const moved = movedCheckpoint(pipeline.db, name, live, { version, position: done.position });
      pipeline.write(moved, (cause) => overtakenBy(name, cause));
      await rebuilds.finish(pipeline.db, run, done);
      return done;
    });
  }
}

const after = ({ events }: Progress, { entries, position, head }: Page): Progress => ({
  position,
  head,
  events: events + BigInt(entries.length),
});

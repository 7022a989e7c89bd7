import type { Kysely } from 'kysely';
import { createCheckpoint, messageOf, noteFailure, Overtaken } from './checkpoint.js';
import { LogArchived } from './errors.js';
import type { Failures } from './failures.js';
import { ProjectionFailed } from './fold.js';
import type { Projection } from './projection.js';
import type { ProjectionRunnerOptions } from './projection-runner.js';
import { Rebuilder } from './rebuilder.js';
import type { OpenRebuild, Rebuilds } from './rebuilds.js';
import { RebuildRefused } from './shadow.js';
import { isRefusal } from './statement-batch.js';

/**
 * Does what rebuilds of one projection are asked for, when no other replica does. One that an operator asked for ends with
 * its first failure, unless it is of the database; one that a new version needs is tried until it succeeds.
 */
export class RebuildLoop {
  private readonly rebuilder: Rebuilder;

  constructor(
    private readonly options: ProjectionRunnerOptions,
    private readonly db: Kysely<never>,
    private readonly rebuilds: Rebuilds,
    private readonly failures: Failures,
    private readonly projection: Projection,
  ) {
    const { store, databaseUrl, schema, real } = options;
    this.rebuilder = new Rebuilder(store, databaseUrl, schema, projection, rebuilds, real);
  }

  /** Until `signal` aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { name, version } = this.projection;
    while (!signal.aborted) {
      const changed = this.rebuilds.changed(signal);
      try {
        const open = await this.rebuilds.open(name, version);
        if (!open || !(await this.rebuildWhenAlone(open, signal))) await changed;
      } catch (error) {
        if (!signal.aborted) await this.options.real.sleep(this.failures.pauseAfter(name, error), signal);
      }
    }
  }

  /** False while another process does it. Throws what another try may help. */
  private async rebuildWhenAlone(open: OpenRebuild, signal: AbortSignal): Promise<boolean> {
    const { store, schema, log } = this.options;
    const { name, version } = this.projection;
    const lease = await store.lease(`rebuild ${schema}.${name}`);
    if (!lease) return false;
    try {
      log?.info({ projection: name, version, reason: open.reason }, 'rebuilding a projection');
      // Not on the rebuilder's connection, where the server may still count it when `Shadow` looks for strangers' rows.
      await createCheckpoint(this.db, name, version);
      const { position, events } = await this.rebuilder.run(open.id, AbortSignal.any([signal, lease.lost]));
      const facts = { projection: name, version, position: String(position), events: String(events) };
      log?.info(facts, 'rebuilt a projection');
      this.failures.over(name);
    } catch (error) {
      if (!lease.lost.aborted) await this.judge(open, error);
    } finally {
      await lease.release();
    }
    return true;
  }

  /** Rethrows what another try may help. */
  private async judge({ id, reason }: OpenRebuild, error: unknown): Promise<void> {
    if (error instanceof Overtaken) return;
    if (!isFinal(error)) throw error;
    if (reason === 'version') {
      if (error instanceof ProjectionFailed) await noteFailure(this.db, this.projection.version, error);
      await this.rebuilds.postpone(id, explain(error));
      throw error;
    }
    await this.rebuilds.fail(id, explain(error));
    this.options.log?.error({ error, projection: this.projection.name }, 'a rebuild failed; the rows are as they were');
  }
}

/** Another try comes to the same until a person, or another version, changes something. */
const isFinal = (error: unknown): error is Error =>
  [RebuildRefused, ProjectionFailed, LogArchived].some((refusal) => error instanceof refusal) || isRefusal(error);

const explain = (error: Error): string =>
  error instanceof ProjectionFailed
    ? `position ${error.position} (${error.eventType}): ${messageOf(error.cause)}`
    : messageOf(error);

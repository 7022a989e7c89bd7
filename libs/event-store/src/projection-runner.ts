import type { RealTime } from '@managed-os/kernel';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { Changes } from './changes.js';
import { messageOf, noteFailure, Overtaken, readCheckpoint } from './checkpoint.js';
import { withSettings } from './connection.js';
import { Failures } from './failures.js';
import { ProjectionFailed } from './fold.js';
import type { Lease } from './leases.js';
import type { Log } from './log.js';
import type { LogReader } from './log-cursor.js';
import type { Projection } from './projection.js';
import { listProjections, type ProjectionStatus } from './projection-status.js';
import { Projector } from './projector.js';
import { Rebuilder } from './rebuilder.js';
import { type OpenRebuild, type Rebuild, Rebuilds } from './rebuilds.js';
import { RebuildRefused } from './shadow.js';
import { isRefusal } from './statement-batch.js';

export interface ProjectionRunnerOptions {
  /** A `PgEventStore`. */
  readonly store: LogReader & { lease(name: string): Promise<Lease | undefined> };
  /** As the service's role. */
  readonly databaseUrl: string;
  readonly schema: string;
  readonly projections: readonly Projection[];
  readonly real: RealTime;
  readonly log?: Log;
}

const STANDBY = 500;
/** For `caughtUp`: a projection that failed so often in a row will not catch up by waiting. */
const HOPELESS = 3;

/**
 * Keeps the read models of a service up to date. Rows and checkpoint move in one transaction, so each event counts once
 * whatever crashes; of several replicas one runs a projection and the others stand by. A changed version, or an operator
 * who asks, has a read model folded again from position 0 into a shadow, which then takes its place; readers see the old
 * rows until all new ones are there. A failing projection is tried again for ever, with its position in the log.
 */
export class ProjectionRunner {
  private readonly stopping = new AbortController();
  private readonly following: Failures;
  private readonly rebuilding: Failures;
  private readonly databaseUrl: string;
  private readonly db: Kysely<never>;
  private readonly changes: Changes;
  private readonly rebuilds: Rebuilds;
  private running: Promise<unknown> | undefined;

  constructor(private readonly options: ProjectionRunnerOptions) {
    const { databaseUrl, schema, real, log } = options;
    this.following = new Failures('a projection failed; trying again', log);
    this.rebuilding = new Failures('a rebuild failed; trying again', log);
    this.databaseUrl = withSettings(databaseUrl, { search_path: schema });
    const pool = new pg.Pool({ connectionString: this.databaseUrl, application_name: `projections ${schema}`, max: 2 })
      // Whoever uses a connection that breaks is told by its query; unheard, the event would end the process.
      .on('connect', (client) => void client.on('error', () => undefined))
      .on('error', () => undefined);
    this.db = new Kysely<never>({ dialect: new PostgresDialect({ pool }) });
    const channel = `rebuilds_${schema}`;
    this.changes = new Changes(this.databaseUrl, channel, real, log);
    this.rebuilds = new Rebuilds(this.db, channel, this.changes);
  }

  start(): void {
    this.running ??= Promise.all(
      this.options.projections.flatMap((projection) => [
        this.keepFollowing(projection),
        this.keepRebuilding(projection),
      ]),
    );
  }

  /** Lets transactions in hand end, gives up the projections and resolves. A rebuild in hand is begun again by the next start. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await Promise.all([this.changes.close(), this.db.destroy()]);
  }

  /** As it is in the database, so every replica answers the same. */
  list(): Promise<readonly ProjectionStatus[]> {
    return listProjections(this.db, this.rebuilds, this.options.projections);
  }

  /**
   * Asks for a read model to be folded again from position 0; resolves when that is recorded, so that some replica does it
   * whatever crashes. While one is open, answers that one; `undefined` when there is no such projection.
   */
  async rebuild(name: string, by: string): Promise<Rebuild | undefined> {
    const projection = this.options.projections.find((candidate) => candidate.name === name);
    return projection && this.rebuilds.ask(name, projection.version, by);
  }

  /**
   * Resolves when every projection has folded what was in the log at the call, here or in another replica; for tests and
   * for readiness. Rejects with the cause when one keeps failing.
   */
  async caughtUp(): Promise<void> {
    const { store, projections, real } = this.options;
    const head = await store.lastPosition();
    await Promise.all(
      projections.map(async (projection) => {
        while (!(await this.reached(projection, head))) {
          for (const failure of [this.following.of(projection.name), this.rebuilding.of(projection.name)])
            if (failure && failure.times >= HOPELESS) throw failure.error;
          this.stopping.signal.throwIfAborted();
          await real.sleep(5);
        }
      }),
    );
  }

  private async reached({ name, version }: Projection, head: bigint): Promise<boolean> {
    const checkpoint = await readCheckpoint(this.db, name);
    return checkpoint !== undefined && checkpoint.version === version && checkpoint.position >= head;
  }

  private async keepFollowing(projection: Projection): Promise<void> {
    const { store, schema, real } = this.options;
    const { signal } = this.stopping;
    const moved = (position: bigint): void => this.moved(projection, position);
    const projector = new Projector(store, this.databaseUrl, projection, this.rebuilds, moved);
    while (!signal.aborted) {
      let lease: Lease | undefined;
      try {
        lease = await store.lease(`projection ${schema}.${projection.name}`);
        if (lease) await projector.run(AbortSignal.any([signal, lease.lost]));
        else await real.sleep(STANDBY, signal);
      } catch (error) {
        if (signal.aborted || lease?.lost.aborted) continue;
        await this.note(projection, error);
        const pause = error instanceof Overtaken ? STANDBY : this.following.pauseAfter(projection.name, error);
        await real.sleep(pause, signal);
      } finally {
        await lease?.release();
      }
    }
  }

  /** A failure is over once the checkpoint is behind it, not when what came before it was kept. */
  private moved(projection: Projection, position: bigint): void {
    const error = this.following.of(projection.name)?.error;
    if (!(error instanceof ProjectionFailed) || position >= error.position) this.following.over(projection.name);
  }

  private async keepRebuilding(projection: Projection): Promise<void> {
    const { real } = this.options;
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const changed = this.rebuilds.changed(signal);
      try {
        const open = await this.rebuilds.open(projection.name, projection.version);
        if (!open || !(await this.rebuildWhenAlone(projection, open))) await changed;
      } catch (error) {
        if (!signal.aborted) await real.sleep(this.rebuilding.pauseAfter(projection.name, error), signal);
      }
    }
  }

  /** False while another process does it. Throws what another try may help. */
  private async rebuildWhenAlone(projection: Projection, open: OpenRebuild): Promise<boolean> {
    const { store, schema, real, log } = this.options;
    const { name, version } = projection;
    const lease = await store.lease(`rebuild ${schema}.${name}`);
    if (!lease) return false;
    try {
      const rebuilder = new Rebuilder(store, this.databaseUrl, schema, projection, this.rebuilds, real);
      log?.info({ projection: name, version, reason: open.reason }, 'rebuilding a projection');
      const { position, events } = await rebuilder.run(open.id, AbortSignal.any([this.stopping.signal, lease.lost]));
      log?.info(
        { projection: name, version, position: String(position), events: String(events) },
        'rebuilt a projection',
      );
      this.rebuilding.over(projection.name);
    } catch (error) {
      await this.judge(projection, open, error);
    } finally {
      await lease.release();
    }
    return true;
  }

  /** Rethrows what another try may help: a rebuild that was asked for ends here, one that a version needs does not. */
  private async judge(projection: Projection, { id, reason }: OpenRebuild, error: unknown): Promise<void> {
    if (error instanceof Overtaken) return;
    const refused = error instanceof RebuildRefused || error instanceof ProjectionFailed || isRefusal(error);
    if (!refused) throw error;
    if (reason === 'version') {
      await this.rebuilds.postpone(id, explain(error));
      await this.note(projection, error);
      throw error;
    }
    await this.rebuilds.fail(id, explain(error));
    this.options.log?.error({ error, projection: projection.name }, 'a rebuild failed; the rows are as they were');
  }

  /** For `list` in every replica. When the database cannot be reached, the next try tells it. */
  private async note(projection: Projection, error: unknown): Promise<void> {
    if (error instanceof ProjectionFailed) await noteFailure(this.db, projection.version, error).catch(() => undefined);
  }
}

const explain = (error: Error): string =>
  error instanceof ProjectionFailed
    ? `position ${error.position} (${error.eventType}): ${messageOf(error.cause)}`
    : messageOf(error);

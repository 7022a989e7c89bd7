import type { RealTime } from '@managed-os/kernel';
import { Kysely, PostgresDialect } from 'kysely';
import { Changes } from './changes.js';
import { noteFailure, Overtaken, readCheckpoint } from './checkpoint.js';
import { withSettings } from './connection.js';
import { Failures } from './failures.js';
import { ProjectionFailed } from './fold.js';
import type { Lease } from './leases.js';
import type { Log } from './log.js';
import type { LogReader } from './log-cursor.js';
import { openPool } from './pg-client.js';
import type { Projection } from './projection.js';
import { listProjections, type ProjectionStatus } from './projection-status.js';
import { Projector } from './projector.js';
import { RebuildLoop } from './rebuild-loop.js';
import { type Rebuild, Rebuilds } from './rebuilds.js';

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
/** Between two looks of `caughtUp`; more would take from what it waits for. */
const LONGEST_LOOK = 50;

/**
 * Keeps the read models of a service up to date. Rows and checkpoint move in one transaction, so each event counts once
 * whatever crashes; of several replicas one runs a projection and the others stand by. A changed version, or an operator
 * who asks, has a read model folded again from position 0 into a shadow, which then takes its place; readers see the old
 * rows until all new ones are there. A failing projection is tried again for ever, with its position in the log.
 */
export class ProjectionRunner {
  private readonly stopping = new AbortController();
  private readonly failures: Failures;
  private readonly options: ProjectionRunnerOptions;
  private readonly db: Kysely<never>;
  private readonly changes: Changes;
  private readonly rebuilds: Rebuilds;
  private running: Promise<unknown> | undefined;

  constructor(options: ProjectionRunnerOptions) {
    const { schema, real, log } = options;
    const databaseUrl = withSettings(options.databaseUrl, { search_path: schema });
    this.options = { ...options, databaseUrl };
    this.failures = new Failures(log);
    const pool = openPool({ connectionString: databaseUrl, application_name: `projections ${schema}`, max: 2 });
    this.db = new Kysely<never>({ dialect: new PostgresDialect({ pool }) });
    const channel = `rebuilds_${schema}`;
    this.changes = new Changes(databaseUrl, channel, real, log);
    this.rebuilds = new Rebuilds(this.db, channel, this.changes);
  }

  start(): void {
    const { signal } = this.stopping;
    this.running ??= Promise.all(
      this.options.projections.flatMap((projection) => [
        this.keepFollowing(projection),
        new RebuildLoop(this.options, this.db, this.rebuilds, this.failures, projection).run(signal),
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
        // One that is over may not be noted as over yet.
        const before = this.failures.of(projection.name);
        for (let pause = 2; !(await this.reached(projection, head)); pause = Math.min(2 * pause, LONGEST_LOOK)) {
          const failure = this.failures.of(projection.name);
          if (failure && failure !== before && failure.times >= HOPELESS) throw failure.error;
          this.stopping.signal.throwIfAborted();
          await real.sleep(pause);
        }
      }),
    );
  }

  private async reached({ name, version }: Projection, head: bigint): Promise<boolean> {
    const checkpoint = await readCheckpoint(this.db, name);
    return checkpoint !== undefined && checkpoint.version === version && checkpoint.position >= head;
  }

  private async keepFollowing(projection: Projection): Promise<void> {
    const { store, databaseUrl, schema, real } = this.options;
    const { signal } = this.stopping;
    const moved = (position: bigint): void => this.moved(projection, position);
    const projector = new Projector(store, databaseUrl, projection, this.rebuilds, moved);
    while (!signal.aborted) {
      let lease: Lease | undefined;
      try {
        lease = await store.lease(`projection ${schema}.${projection.name}`);
        if (lease) await projector.run(AbortSignal.any([signal, lease.lost]));
        else await real.sleep(STANDBY, signal);
      } catch (error) {
        if (signal.aborted || lease?.lost.aborted) continue;
        if (error instanceof ProjectionFailed)
          await noteFailure(this.db, projection.version, error).catch(() => undefined);
        const pause = error instanceof Overtaken ? STANDBY : this.failures.pauseAfter(projection.name, error);
        await real.sleep(pause, signal);
      } finally {
        await lease?.release();
      }
    }
  }

  /** A failure is over once the checkpoint is behind it, not when what came before it was kept. */
  private moved(projection: Projection, position: bigint): void {
    const error = this.failures.of(projection.name)?.error;
    if (!(error instanceof ProjectionFailed) || position >= error.position) this.failures.over(projection.name);
  }
}

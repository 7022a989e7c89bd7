import type { RealTime } from '@managed-os/kernel';
import type { Kysely } from 'kysely';
import { Overtaken, readCheckpoint } from './checkpoint.js';
import type { Lease } from './leases.js';
import type { Log } from './log.js';
import type { Projection } from './projection.js';
import { type LogReader, ProjectionFailed, Projector } from './projector.js';

export interface ProjectionRunnerOptions {
  /** A `PgEventStore`. */
  readonly store: LogReader & { lease(name: string): Promise<Lease | undefined> };
  /** As the service's role, its search path naming the schema. */
  readonly db: Kysely<never>;
  readonly schema: string;
  readonly projections: readonly Projection[];
  readonly real: RealTime;
  readonly log?: Log;
}

const STANDBY = 500;
const BACKOFF = [100, 200, 500, 1_000, 2_000, 5_000];
/** For `caughtUp`: a projection that failed so often in a row will not catch up by waiting. */
const HOPELESS = 3;

interface Failure {
  readonly error: unknown;
  readonly times: number;
}

/**
 * Keeps the read models of a service up to date. Rows and checkpoint move in one transaction, so each event counts once
 * whatever crashes; of several replicas one runs a projection and the others stand by. A changed version rebuilds the
 * read model from position 0. A failing projection is tried again for ever, with its position in the log.
 */
export class ProjectionRunner {
  private readonly stopping = new AbortController();
  private readonly failures = new Map<string, Failure>();
  private running: Promise<unknown> | undefined;

  constructor(private readonly options: ProjectionRunnerOptions) {}

  start(): void {
    this.running ??= Promise.all(this.options.projections.map((projection) => this.keepRunning(projection)));
  }

  /** Lets transactions in hand end, gives up the projections and resolves. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
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
          const failure = this.failures.get(projection.name);
          if (failure && failure.times >= HOPELESS) throw failure.error;
          this.stopping.signal.throwIfAborted();
          await real.sleep(5);
        }
      }),
    );
  }

  private async reached({ name, version }: Projection, head: bigint): Promise<boolean> {
    const checkpoint = await readCheckpoint(this.options.db, name);
    return checkpoint !== undefined && checkpoint.version === version && checkpoint.position >= head;
  }

  private async keepRunning(projection: Projection): Promise<void> {
    const { store, db, schema, real, log } = this.options;
    const { signal } = this.stopping;
    const projector = new Projector(store, db, projection, (position) => this.moved(projection.name, position), log);
    while (!signal.aborted) {
      let lease: Lease | undefined;
      try {
        lease = await store.lease(`projection ${schema}.${projection.name}`);
        if (lease) await projector.run(AbortSignal.any([signal, lease.lost]));
        else await real.sleep(STANDBY, signal);
      } catch (error) {
        if (!signal.aborted) await real.sleep(this.pauseAfter(projection.name, error), signal);
      } finally {
        await lease?.release();
      }
    }
  }

  /** A failure is over once the checkpoint is behind it, not when what came before it was kept. */
  private moved(projection: string, position: bigint): void {
    const error = this.failures.get(projection)?.error;
    if (!(error instanceof ProjectionFailed) || position >= error.position) this.failures.delete(projection);
  }

  /** Each failure is told once, not at every repetition. */
  private pauseAfter(projection: string, error: unknown): number {
    if (error instanceof Overtaken) return STANDBY;
    const before = this.failures.get(projection);
    const same = before !== undefined && String(before.error) === String(error);
    const times = same ? before.times + 1 : 1;
    this.failures.set(projection, { error, times });
    if (!same) this.options.log?.error({ error, projection }, 'a projection failed; trying again');
    return BACKOFF[Math.min(times, BACKOFF.length) - 1] ?? STANDBY;
  }
}

import type pg from 'pg';
import { describe } from './handling.js';
import { busDatabase, type BusDatabase, type OperationKind, type OperationOutcome, storable } from './tables.js';

/** What an operator asks for. */
export interface NewOperation {
  readonly kind: OperationKind;
  /** What it is done to, as its address below the store: `dead-letters/17`, `projections/timeline`. */
  readonly target: string;
  readonly askedBy: string;
  readonly because?: string;
  readonly correlationId: string;
}

export interface Ending {
  readonly outcome: OperationOutcome;
  /** For a person. */
  readonly detail: string;
}

export interface Operation extends NewOperation {
  readonly operationId: bigint;
  readonly askedAt: Date;
  /** Absent while it is at work, and for ever when its process died on the way. */
  readonly end?: Ending & { readonly at: Date };
}

export const endedWell = (detail: string): Ending => ({ outcome: 'done', detail });

/** The audit of one service: what operators asked for and how it ended. The database refuses every change of it. */
export class Operations {
  private readonly db: BusDatabase;

  constructor(pool: pg.Pool) {
    this.db = busDatabase(pool);
  }

  /**
   * Records what is asked for, does it, and records how it ended. What `work` throws is passed on. Without an ending it goes
   * on, and whoever does it calls `end`.
   */
  async run<T>(
    asked: NewOperation,
    work: (operationId: bigint) => Promise<T>,
    endingOf: (result: T) => Ending | undefined,
  ): Promise<T> {
    const operationId = await this.begin(asked);
    const result = await work(operationId).catch(async (error: unknown) => {
      // Why it failed is worth more to the caller than why that cannot be recorded.
      await this.end(operationId, { outcome: 'failed', detail: describe(error) }).catch(() => undefined);
      throw error;
    });
    const ending = endingOf(result);
    if (ending) await this.end(operationId, ending);
    return result;
  }

  /** Records what is asked for; whoever does it calls `end`. `tx`: together with what it is about. */
  async begin(asked: NewOperation, tx: BusDatabase = this.db): Promise<bigint> {
    const { operation_id } = await tx
      .insertInto('operations')
      .values({
        kind: asked.kind,
        target: asked.target,
        asked_by: asked.askedBy,
        because: asked.because ?? null,
        correlation_id: asked.correlationId,
      })
      .returning('operation_id')
      .executeTakeFirstOrThrow();
    return BigInt(operation_id);
  }

  /** How it ended. A second end changes nothing. */
  async end(operationId: bigint, { outcome, detail }: Ending, tx: BusDatabase = this.db): Promise<void> {
    await tx
      .insertInto('operation_ends')
      .values({ operation_id: String(operationId), outcome, detail: storable(detail) })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  /** In the order in which they were asked for, after one of them; at most `limit`. */
  async list(after: bigint, limit: number): Promise<readonly Operation[]> {
    const rows = await this.db
      .selectFrom('operations as o')
      .leftJoin('operation_ends as e', 'e.operation_id', 'o.operation_id')
      .select(['o.operation_id', 'o.kind', 'o.target', 'o.asked_at', 'o.asked_by', 'o.because', 'o.correlation_id'])
      .select(['e.ended_at', 'e.outcome', 'e.detail'])
      .where('o.operation_id', '>', String(after))
      .orderBy('o.operation_id')
      .limit(limit)
      .execute();
    return rows.map((row) => ({
      operationId: BigInt(row.operation_id),
      kind: row.kind,
      target: row.target,
      askedAt: row.asked_at,
      askedBy: row.asked_by,
      ...(row.because !== null && { because: row.because }),
      correlationId: row.correlation_id,
      ...(row.ended_at !== null &&
        row.outcome !== null && { end: { at: row.ended_at, outcome: row.outcome, detail: row.detail ?? '' } }),
    }));
  }
}

import { type Kysely, sql } from 'kysely';
import pg from 'pg';
import type { ProjectionFailed } from './fold.js';
import { type Statement, toError } from './pipeline.js';

export interface Checkpoint {
  readonly version: number;
  readonly position: bigint;
}

/** Somebody else moved the checkpoint, or did the rebuild: this process was overtaken and must look again. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';
  readonly code = 'overtaken';

  constructor(readonly projection: string) {
    super(`another process was faster with the projection ${projection}`);
  }
}

/** What `move_checkpoint` raises. */
const NOT_THERE = 'MO001';

interface Row {
  readonly version: number;
  readonly position: string;
}

const toCheckpoint = ([row]: readonly Row[]): Checkpoint | undefined =>
  row && { version: row.version, position: BigInt(row.position) };

export const readCheckpoint = async (db: Kysely<never>, projection: string): Promise<Checkpoint | undefined> => {
  const { rows } = await sql<Row>`
    select version, position::text from checkpoints where projection = ${projection}`.execute(db);
  return toCheckpoint(rows);
};

/** The checkpoint as it stays until the transaction ends: whoever wants to move it waits. */
export const lockCheckpoint = async (tx: Kysely<never>, projection: string): Promise<Checkpoint> => {
  const { rows } = await sql<Row>`
    select version, position::text from checkpoints where projection = ${projection} for update`.execute(tx);
  const checkpoint = toCheckpoint(rows);
  if (!checkpoint) throw new Overtaken(projection);
  return checkpoint;
};

/** As a projection's first start: nothing was read yet. */
export const createCheckpoint = async (db: Kysely<never>, projection: string, version: number): Promise<void> => {
  await sql`insert into checkpoints (projection, version, position) values (${projection}, ${version}, 0) on conflict do nothing`.execute(
    db,
  );
};

/** Locks and moves the checkpoint; written before the rows. Whoever sends it makes `overtakenBy` of its failure. */
export const movedCheckpoint = (db: Kysely<never>, projection: string, from: Checkpoint, to: Checkpoint): Statement =>
  sql`select move_checkpoint(${projection}, ${from.version}, ${String(from.position)}, ${to.version}, ${String(to.position)})`.compile(
    db,
  );

/** `Overtaken` when the checkpoint was not where it was read. */
export const overtakenBy = (projection: string, cause: unknown): Error =>
  cause instanceof pg.DatabaseError && cause.code === NOT_THERE ? new Overtaken(projection) : toError(cause);

/** Tells every replica where the code of this version fails; the message is for operators. */
export const noteFailure = async (
  db: Kysely<never>,
  version: number,
  { projection, position, eventType, cause }: ProjectionFailed,
): Promise<void> => {
  await sql`
    update checkpoints set failed_version = ${version}, failed_position = ${String(position)}, failed_type = ${eventType},
      failed_message = ${messageOf(cause)},
      failed_times = case when (failed_version, failed_position) = (${version}, ${String(position)}) then failed_times else 0 end + 1
    where projection = ${projection}`.execute(db);
};

/** What an operator reads of an error; short, and without what PostgreSQL's text cannot hold. */
export const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replaceAll('\0', '').slice(0, 500);

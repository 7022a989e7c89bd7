import { type Kysely, sql, type Transaction } from 'kysely';

export interface Checkpoint {
  readonly version: number;
  readonly position: bigint;
}

/** Somebody else moved the checkpoint: this runner was overtaken and must look again. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';
  readonly code = 'overtaken';

  constructor(readonly projection: string) {
    super(`another runner moved the checkpoint of ${projection}`);
  }
}

export const readCheckpoint = async (db: Kysely<never>, projection: string): Promise<Checkpoint | undefined> => {
  const { rows } = await sql<{ version: number; position: string }>`
    select version, position::text from checkpoints where projection = ${projection}`.execute(db);
  return rows[0] && { version: rows[0].version, position: BigInt(rows[0].position) };
};

/** As a projection's first start: nothing was read yet. */
export const createCheckpoint = async (db: Kysely<never>, projection: string, version: number): Promise<void> => {
  await sql`insert into checkpoints (projection, version, position) values (${projection}, ${version}, 0) on conflict do nothing`.execute(
    db,
  );
};

/** Locks and moves the checkpoint, before the rows are written. Throws `Overtaken` when it is not where it was read. */
export const moveCheckpoint = async (
  tx: Transaction<never>,
  projection: string,
  from: Checkpoint,
  to: Checkpoint,
): Promise<void> => {
  const { numAffectedRows } = await sql`
    update checkpoints set version = ${to.version}, position = ${String(to.position)}, updated_at = now()
    where projection = ${projection} and version = ${from.version} and position = ${String(from.position)}`.execute(tx);
  if (numAffectedRows !== 1n) throw new Overtaken(projection);
};

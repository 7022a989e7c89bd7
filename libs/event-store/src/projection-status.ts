import { type Kysely, sql } from 'kysely';
import type { Projection } from './projection.js';
import type { Rebuild, Rebuilds } from './rebuilds.js';

/** A projection as any replica of its service sees it. */
export interface ProjectionStatus {
  readonly name: string;
  /** Of the rows as they stand. */
  readonly version: number;
  readonly position: bigint;
  /** Where the log ends. */
  readonly head: bigint;
  /** `rebuilding`: readers see the old rows; until the end of a rebuild for a new version these stand still. */
  readonly state: 'following' | 'rebuilding' | 'failing' | 'not-started';
  readonly tables: readonly string[];
  /** The event that holds it, or the rebuild that its new version needs, and how often that was tried. */
  readonly failure?: {
    readonly position: bigint;
    readonly eventType: string;
    readonly message: string;
    readonly times: number;
  };
  /** The last one. */
  readonly rebuild?: Rebuild;
}

interface Row {
  readonly projection: string;
  readonly version: number;
  readonly position: string;
  readonly failed_version: number | null;
  readonly failed_position: string | null;
  readonly failed_type: string | null;
  readonly failed_message: string | null;
  readonly failed_times: number | null;
}

export const listProjections = async (
  db: Kysely<never>,
  rebuilds: Rebuilds,
  projections: readonly Projection[],
): Promise<readonly ProjectionStatus[]> => {
  const { rows } = await sql<Row>`
    select projection, version, position::text, failed_version, failed_position::text, failed_type, failed_message, failed_times
    from checkpoints`.execute(db);
  const head = await sql<{ head: string }>`select last_position::text as head from store`.execute(db);
  const latest = await rebuilds.latest();
  return projections.map((projection) =>
    statusOf(
      projection,
      rows.find((row) => row.projection === projection.name),
      BigInt(head.rows[0]?.head ?? 0),
      latest.get(projection.name),
    ),
  );
};

const statusOf = (
  { name, version, tables }: Projection,
  row: Row | undefined,
  head: bigint,
  rebuild: Rebuild | undefined,
): ProjectionStatus => {
  const failure = row && failureOf(row, version);
  return {
    name,
    version: row?.version ?? version,
    position: BigInt(row?.position ?? 0),
    head,
    state: stateOf(row, version, failure, rebuild),
    tables,
    ...(failure && { failure }),
    ...(rebuild && { rebuild }),
  };
};

/** A failure is over once the checkpoint of the version that failed is behind it. */
const failureOf = (row: Row, version: number): ProjectionStatus['failure'] | undefined => {
  const { failed_version, failed_position, failed_type, failed_message, failed_times } = row;
  if (failed_version !== version || failed_position === null) return undefined;
  if (row.version === version && BigInt(row.position) >= BigInt(failed_position)) return undefined;
  return {
    position: BigInt(failed_position),
    eventType: failed_type ?? '',
    message: failed_message ?? '',
    times: failed_times ?? 0,
  };
};

const stateOf = (
  row: Row | undefined,
  version: number,
  failure: ProjectionStatus['failure'],
  rebuild: Rebuild | undefined,
): ProjectionStatus['state'] => {
  if (!row) return 'not-started';
  if (rebuild?.state === 'running') return 'rebuilding';
  const outdated = row.version !== version;
  if (failure || (outdated && rebuild?.detail !== undefined)) return 'failing';
  return outdated ? 'rebuilding' : 'following';
};

import { type Kysely, sql } from 'kysely';
import type { Changes } from './changes.js';
import { Overtaken } from './checkpoint.js';

/** A projection that is to be folded again from position 0 into a shadow, is being, or was. */
export interface Rebuild {
  readonly id: string;
  readonly projection: string;
  readonly askedAt: string;
  readonly askedBy: string;
  readonly state: 'asked' | 'running' | 'done' | 'failed';
  /** How far the run in hand is; it begins again at 0 when the one before was cut off. */
  readonly position: bigint;
  /** Where the log ended when `position` was noted. */
  readonly head: bigint;
  /** Entries of the log that it has folded. */
  readonly events: bigint;
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** Why it failed, or why it is tried again. */
  readonly detail?: string;
}

/** A rebuild that some process of its version must do. */
export interface OpenRebuild {
  readonly id: string;
  readonly reason: 'asked' | 'version';
}

/** One try of one process; a later one takes its place. */
export interface Run {
  readonly id: string;
  readonly projection: string;
  readonly startedAt: string;
}

export type Progress = Pick<Rebuild, 'position' | 'head' | 'events'>;

/** A row as JSON, which keeps numbers of 64 bits as text. */
export interface RebuildRow {
  readonly rebuild: string;
  readonly projection: string;
  readonly asked_at: string;
  readonly asked_by: string;
  readonly state: Rebuild['state'];
  readonly position: string;
  readonly head: string;
  readonly events: string;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly detail: string | null;
}

const instantOf = (column: string) =>
  sql`to_char(${sql.ref(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as ${sql.ref(column)}`;

/** As `RebuildRow`. */
export const REBUILD_COLUMNS = sql.join([
  ...['rebuild', 'position', 'head', 'events'].map((column) => sql`${sql.ref(column)}::text`),
  ...['asked_at', 'started_at', 'ended_at'].map(instantOf),
  ...['projection', 'asked_by', 'state', 'detail'].map((column) => sql.ref(column)),
]);

export const toRebuild = (row: RebuildRow): Rebuild => ({
  id: row.rebuild,
  projection: row.projection,
  askedAt: row.asked_at,
  askedBy: row.asked_by,
  state: row.state,
  position: BigInt(row.position),
  head: BigInt(row.head),
  events: BigInt(row.events),
  ...(row.started_at !== null && { startedAt: row.started_at }),
  ...(row.ended_at !== null && { endedAt: row.ended_at }),
  ...(row.detail !== null && { detail: row.detail }),
});

const OPEN = sql`state in ('asked', 'running')`;

/** The rebuilds of one service, as all its replicas see them. */
export class Rebuilds {
  constructor(
    private readonly db: Kysely<never>,
    private readonly channel: string,
    private readonly changes: Changes,
  ) {}

  /** Resolves when one was asked for or ended, or after a while; call it before looking. */
  changed(signal: AbortSignal): Promise<void> {
    return this.changes.next(signal);
  }

  /** Records that somebody asks; while one is open, answers that one. */
  async ask(projection: string, version: number, by: string): Promise<Rebuild> {
    for (;;) {
      // The rows' version, where there is one: a replica of another must not ask for itself.
      const asked = await sql<RebuildRow>`
        insert into rebuilds (projection, version, reason, asked_by)
        values (${projection}, coalesce((select version from checkpoints where projection = ${projection}), ${version}), 'asked', ${by})
        on conflict (projection) where ${OPEN} do nothing returning ${REBUILD_COLUMNS}`.execute(this.db);
      if (asked.rows[0]) {
        await sql`select pg_notify(${this.channel}, '')`.execute(this.db);
        return toRebuild(asked.rows[0]);
      }
      const open = await sql<RebuildRow>`
        select ${REBUILD_COLUMNS} from rebuilds where projection = ${projection} and ${OPEN}`.execute(this.db);
      if (open.rows[0]) return toRebuild(open.rows[0]);
    }
  }

  /** The last of each projection. */
  async latest(): Promise<ReadonlyMap<string, Rebuild>> {
    const { rows } = await sql<RebuildRow>`
      select distinct on (projection) ${REBUILD_COLUMNS} from rebuilds r order by r.projection, r.rebuild desc`.execute(
      this.db,
    );
    return new Map(rows.map((row) => [row.projection, toRebuild(row)]));
  }

  /** The code's version is not that of the rows: whatever is open becomes a rebuild of this version. */
  async askForVersion(projection: string, version: number): Promise<void> {
    await sql`
      with asked as (
        insert into rebuilds as r (projection, version, reason, asked_by) values (${projection}, ${version}, 'version', 'system')
        on conflict (projection) where ${OPEN} do update
          set version = excluded.version, reason = 'version', state = 'asked', position = 0, events = 0, detail = null
          where r.version <> excluded.version
        returning rebuild)
      select pg_notify(${this.channel}, rebuild::text) from asked`.execute(this.db);
  }

  /** The rows are of this version, so nobody waits for those of another. */
  async giveUpOthers(projection: string, version: number): Promise<void> {
    await sql`
      update rebuilds set state = 'failed', ended_at = now(), detail = 'its version of the code runs no more'
      where projection = ${projection} and ${OPEN} and version <> ${version}`.execute(this.db);
  }

  /** What a process with this version of the code may do. */
  async open(projection: string, version: number): Promise<OpenRebuild | undefined> {
    const { rows } = await sql<OpenRebuild>`
      select rebuild::text as id, reason from rebuilds
      where projection = ${projection} and version = ${version} and ${OPEN}`.execute(this.db);
    return rows[0];
  }

  /** Throws `Overtaken` when it ended meanwhile. */
  async start(id: string, projection: string, head: bigint): Promise<Run> {
    const { rows } = await sql<Run>`
      update rebuilds set state = 'running', started_at = clock_timestamp(), position = 0, events = 0, head = ${String(head)}
      where rebuild = ${id} and ${OPEN} returning rebuild::text as id, projection, started_at::text as "startedAt"`.execute(
      this.db,
    );
    if (!rows[0]) throw new Overtaken(projection);
    return rows[0];
  }

  /** Throws `Overtaken` when another run took its place. */
  async progress(run: Run, progress: Progress): Promise<void> {
    await this.note(this.db, run, progress, sql`state = 'running'`);
  }

  /** In the transaction that replaces the rows. Throws `Overtaken` when another run took its place. */
  async finish(tx: Kysely<never>, run: Run, progress: Progress): Promise<void> {
    await this.note(tx, run, progress, sql`state = 'done', ended_at = clock_timestamp(), detail = null`);
    await sql`select pg_notify(${this.channel}, '')`.execute(tx);
  }

  async fail(id: string, detail: string): Promise<void> {
    await sql`
      update rebuilds set state = 'failed', ended_at = clock_timestamp(), detail = ${detail}
      where rebuild = ${id} and ${OPEN}`.execute(this.db);
  }

  /** It stays open and is tried again. */
  async postpone(id: string, detail: string): Promise<void> {
    await sql`update rebuilds set state = 'asked', detail = ${detail} where rebuild = ${id} and ${OPEN}`.execute(
      this.db,
    );
  }

  private async note(
    db: Kysely<never>,
    { id, projection, startedAt }: Run,
    { position, head, events }: Progress,
    state: ReturnType<typeof sql>,
  ): Promise<void> {
    const { numAffectedRows } = await sql`
      update rebuilds set ${state}, position = ${String(position)}, head = ${String(head)}, events = ${String(events)}
      where rebuild = ${id} and state = 'running' and started_at = ${startedAt}::timestamptz`.execute(db);
    if (numAffectedRows !== 1n) throw new Overtaken(projection);
  }
}

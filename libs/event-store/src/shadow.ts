import { CompiledQuery, sql } from 'kysely';
import type { Pipeline } from './pipeline.js';

/** A rebuild that trying again would not help; the message says what a person should do. */
export class RebuildRefused extends Error {
  override readonly name = 'RebuildRefused';
  readonly code = 'rebuild-refused';
}

interface Table {
  readonly name: string;
  /** All but those that PostgreSQL computes. */
  readonly columns: readonly string[];
}

/**
 * A second copy of a read model: temporary tables of the same names, which for this connection hide those of the schema
 * from every statement that names none. They need no right on the schema, write no log that a commit waits for, and end
 * with the connection. Columns, defaults, checks, keys, indexes and the foreign keys among them are the read model's, under
 * the same names; sequences are shared with it, so what they number stays unique; triggers are not copied.
 */
export class Shadow {
  private constructor(
    private readonly pipeline: Pipeline,
    private readonly schema: string,
    private readonly tables: readonly Table[],
  ) {}

  /** Throws `RebuildRefused` when the role lacks the right, or there is no such table. */
  static async open(pipeline: Pipeline, schema: string, names: readonly string[]): Promise<Shadow> {
    await refuseWithoutRight(pipeline);
    const tables = await describe(pipeline, schema, names);
    const statements = await statementsFor(pipeline, schema, names);
    await pipeline.transaction(async () => {
      await execute(pipeline, statements);
      await execute(pipeline, await renamesFor(pipeline, schema, names));
    });
    return new Shadow(pipeline, schema, tables);
  }

  /** Before the transaction in hand commits. Throws `RebuildRefused` when something else than the shadow was written in it. */
  async refuseOthers(): Promise<void> {
    const { rows } = await sql<{ name: string }>`
      select relname as name from pg_class
      where relnamespace = to_regnamespace(${this.schema}) and relkind = 'r'
        and pg_stat_get_xact_tuples_inserted(oid) + pg_stat_get_xact_tuples_updated(oid) + pg_stat_get_xact_tuples_deleted(oid) > 0`.execute(
      this.pipeline.db,
    );
    const [other] = rows;
    if (other)
      throw new RebuildRefused(
        `a handler wrote to ${this.schema}.${other.name}: it may write its own tables only, and name them without a schema`,
      );
  }

  /** What the server does by itself for tables that are not temporary. */
  async tidy(): Promise<void> {
    for (const { name } of this.tables)
      await sql`vacuum (analyze) ${sql.table(`pg_temp.${name}`)}`.execute(this.pipeline.db);
  }

  /** Puts its rows in place of the read model's, for readers at the commit of the transaction in hand. */
  async replaceRows(): Promise<void> {
    const { db } = this.pipeline;
    for (const { name } of this.tables.toReversed())
      await sql`delete from ${sql.table(`${this.schema}.${name}`)}`.execute(db);
    for (const { name, columns } of this.tables) {
      const list = sql.join(columns.map((column) => sql.ref(column)));
      await sql`
        insert into ${sql.table(`${this.schema}.${name}`)} (${list}) overriding system value
        select ${list} from ${sql.table(`pg_temp.${name}`)}`.execute(db);
    }
  }
}

const execute = async ({ db }: Pipeline, statements: readonly { readonly statement: string }[]): Promise<void> => {
  for (const { statement } of statements) await db.executeQuery(CompiledQuery.raw(statement));
};

const refuseWithoutRight = async ({ db }: Pipeline): Promise<void> => {
  const { rows } = await sql<{ may: boolean; statement: string }>`
    select has_database_privilege(current_database(), 'temporary') as may,
           format('grant temporary on database %I to %I', current_database(), current_user) as statement`.execute(db);
  if (!rows[0]?.may) {
    throw new RebuildRefused(
      `the service's role may not create temporary tables; let an administrator run: ${rows[0]?.statement}`,
    );
  }
};

const describe = async ({ db }: Pipeline, schema: string, names: readonly string[]): Promise<readonly Table[]> => {
  const { rows } = await sql<{ table: string; column: string }>`
    select c.relname as table, a.attname as column
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    where c.relnamespace = to_regnamespace(${schema}) and c.relname = any(${names}) order by a.attnum`.execute(db);
  return names.map((name) => {
    const columns = rows.filter(({ table }) => table === name).map(({ column }) => column);
    if (columns.length === 0) throw new RebuildRefused(`the schema ${schema} has no table ${name}`);
    return { name, columns };
  });
};

const OWN = (schema: string, names: readonly string[]) => sql`
  select c.oid, c.relname, format('%I.%I', ${schema}::text, c.relname) as live, n.place
  from unnest(${names}::text[]) with ordinality n(name, place)
  join pg_class c on c.relname = n.name and c.relnamespace = to_regnamespace(${schema})`;

/** Tables, then defaults in place of identities, then foreign keys: written down while they still refer to the parents by name alone. */
const statementsFor = async ({ db }: Pipeline, schema: string, names: readonly string[]) => {
  const { rows } = await sql<{ statement: string }>`
    with own as (${OWN(schema, names)})
    select statement from (
      select 1 as step, place, 0 as part,
        format('create temporary table %I (like %s including defaults including constraints including generated including indexes)', relname, live) as statement
      from own
      union all
      select 2, place, a.attnum,
        format('alter table pg_temp.%I alter column %I set default nextval(%L)', relname, attname, pg_get_serial_sequence(live, attname))
      from own join pg_attribute a on a.attrelid = own.oid and a.attidentity <> '' and not a.attisdropped
      union all
      select 3, place, 0, format('alter table pg_temp.%I add constraint %I %s', relname, conname, pg_get_constraintdef(k.oid))
      from own join pg_constraint k on k.conrelid = own.oid and k.contype = 'f' and k.confrelid in (select oid from own)
    ) s order by step, place, part`.execute(db);
  return rows;
};

/** Keys get new names with a copy; a handler may name one in `on conflict on constraint`. */
const renamesFor = async ({ db }: Pipeline, schema: string, names: readonly string[]) => {
  const { rows } = await sql<{ statement: string }>`
    with own as (${OWN(schema, names)}), keys as (
      select k.conrelid, k.conname, pg_get_constraintdef(k.oid) as key,
             row_number() over (partition by k.conrelid, pg_get_constraintdef(k.oid) order by k.conname) as nth
      from pg_constraint k where k.contype in ('p', 'u', 'x'))
    select format('alter table pg_temp.%I rename constraint %I to %I', relname, copy.conname, original.conname) as statement
    from own
    join keys original on original.conrelid = own.oid
    join keys copy on copy.conrelid = to_regclass(format('pg_temp.%I', relname)) and copy.key = original.key and copy.nth = original.nth
    where copy.conname <> original.conname`.execute(db);
  return rows;
};

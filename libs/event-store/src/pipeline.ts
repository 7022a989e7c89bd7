import { createRequire } from 'node:module';
import {
  type Compilable,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import pg from 'pg';
import { PgClient } from './pg-client.js';
import { BatchFailed, type BatchedStatement, isRefusal, StatementBatch } from './statement-batch.js';

/** What Kysely builds: a query without its `execute`, or `sql` with `compile(db)`. */
export type Statement = Compilable | CompiledQuery;

/** As `pg` itself writes parameters. */
const { prepareValue }: { prepareValue(value: unknown): string | Buffer | null } = createRequire(import.meta.url)(
  'pg/lib/utils.js',
);

interface Written {
  readonly statement: BatchedStatement;
  readonly blame: (cause: unknown) => Error;
}

/** Statements that travel together; the server works on them while the next ones are built. */
const BATCH = 100;
/** Texts that are parsed once per connection. Beyond, a text is probably different each time. */
const MOST_NAMES = 200;

/**
 * One connection on which statements go out in order without waiting for each answer. What is read comes after all that was
 * written before. After its first failure it is good for nothing but closing.
 */
export class Pipeline {
  /** For queries whose rows are wanted. */
  readonly db: Kysely<never>;
  private readonly numbers = new Map<string, number>();
  private readonly parsed = new Set<string>();
  private pending: Written[] = [];
  /** Answered, or failed, like every batch before it. */
  private last: Promise<void> = Promise.resolve();
  private failure: Error | undefined;

  private constructor(private readonly client: pg.Client) {
    this.db = new Kysely<never>({ dialect: dialectOn(this.connection()) });
  }

  /** `name` is what the server's list of connections shows; a server that does not answer in time is given up. */
  static async open(databaseUrl: string, name: string, answerTimeout: number): Promise<Pipeline> {
    const client = new PgClient({
      connectionString: databaseUrl,
      application_name: name,
      query_timeout: answerTimeout,
    });
    const pipeline = new Pipeline(client);
    // It comes before the errors of the queries in hand; unheard, it would end the process.
    client.on('error', (error) => (pipeline.failure ??= error));
    await client.connect();
    return pipeline;
  }

  /** Queues a statement whose rows nobody wants. `settle` throws what `blame` makes of its failure. */
  write(statement: Statement, blame: (cause: unknown) => Error): void {
    const { sql, parameters } = 'compile' in statement ? statement.compile() : statement;
    const values = parameters.map((value) => prepareValue(value));
    const name = this.nameOf(sql, 'write');
    const known = name !== '' && this.parsed.has(name);
    this.parsed.add(name);
    this.pending.push({ statement: { name, text: known ? undefined : sql, values }, blame });
    if (this.pending.length >= BATCH) this.flush();
  }

  /** Resolves when all that was written is executed. Throws the first failure. */
  async settle(): Promise<void> {
    this.flush();
    await this.last;
    if (this.failure) throw this.failure;
  }

  /** All that `work` writes, or nothing. */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    try {
      await this.run({ text: 'begin' });
      const result = await work();
      await this.settle();
      await this.run({ text: 'commit' });
      return result;
    } catch (error) {
      await this.client.query('rollback').catch(() => undefined);
      throw error;
    }
  }

  /**
   * As `transaction`, and resolves when all is on its way: the next one may be sent meanwhile, if it fails when this one
   * does. `committed` rejects with the first failure.
   */
  async send(work: () => Promise<unknown>): Promise<{ readonly committed: Promise<void> }> {
    // The answer comes with the first statement's.
    this.run({ text: 'begin' }).catch(() => undefined);
    await work();
    this.flush();
    const { last } = this;
    const committed = (async () => {
      const { command } = await this.run({ text: 'commit' });
      await last;
      if (command !== 'COMMIT') throw this.failure ?? new Error('a transaction was rolled back');
    })();
    committed.catch(() => undefined);
    return { committed };
  }

  async close(): Promise<void> {
    await this.client.end().catch(() => undefined);
  }

  private flush(): void {
    if (this.pending.length === 0) return;
    const written = this.pending;
    this.pending = [];
    const batch = new StatementBatch(written.map(({ statement }) => statement));
    this.last = batch.answered.catch((error: unknown) => {
      this.failure ??= error instanceof BatchFailed ? written[error.index]?.blame(error.cause) : toError(error);
    });
    this.client.query(batch);
  }

  private async run(query: pg.QueryConfig): Promise<pg.QueryResult> {
    this.flush();
    try {
      return await this.client.query(query);
    } catch (error) {
      await this.last;
      if (error instanceof pg.DatabaseError && !isRefusal(error)) this.failure ??= error;
      throw this.failure ?? error;
    }
  }

  /** Empty when there are too many. `pg` parses what is read by itself, so both have names of their own. */
  private nameOf(text: string, use: 'read' | 'write'): string {
    const number = this.numbers.get(text) ?? this.numbers.size;
    if (number >= MOST_NAMES) return '';
    this.numbers.set(text, number);
    return `${use}-${number}`;
  }

  private connection(): DatabaseConnection {
    return {
      executeQuery: async <R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> => {
        const query = { name: this.nameOf(sql, 'read'), text: sql, values: [...parameters] };
        const { rows, rowCount } = await this.run(query);
        return { rows, numAffectedRows: BigInt(rowCount ?? 0) };
      },
      streamQuery: () => {
        throw new Error('a pipeline does not stream');
      },
    };
  }
}

export const toError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/** Kysely on one connection, which belongs to somebody else, in a transaction of theirs. */
const dialectOn = (connection: DatabaseConnection): Dialect => {
  const nothing = (): Promise<void> => Promise.resolve();
  const refuse = (): never => {
    throw new Error('whoever owns the connection has begun a transaction');
  };
  return {
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createDriver: () => ({
      init: nothing,
      acquireConnection: () => Promise.resolve(connection),
      releaseConnection: nothing,
      destroy: nothing,
      beginTransaction: refuse,
      commitTransaction: refuse,
      rollbackTransaction: refuse,
    }),
  };
};

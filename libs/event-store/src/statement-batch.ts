import pg from 'pg';

export interface BatchedStatement {
  /** Under which it is, or becomes, known to the connection; empty: it is parsed each time. */
  readonly name: string;
  /** Its text, when the connection does not know it. */
  readonly text: string | undefined;
  readonly values: (string | Buffer | null)[];
}

/** One statement of a batch was refused; those behind it were not executed. */
export class BatchFailed extends Error {
  override readonly name = 'BatchFailed';
  readonly code = 'batch-failed';

  constructor(
    readonly index: number,
    options: ErrorOptions,
  ) {
    super(`statement ${index} of a batch was refused`, options);
  }
}

/**
 * Statements that go out together and whose rows nobody wants, as one query of `pg`: without the question for the columns and
 * the end of a round trip after each, which cost more than a small statement itself.
 */
export class StatementBatch extends pg.Query {
  /** Rejects with `BatchFailed`, or with what is wrong with the connection or the server. */
  readonly answered: Promise<void>;
  /** Called once; `pg` puts one in its place that also ends the wait for an answer. */
  callback: (error?: unknown) => void = () => undefined;
  private executed = 0;

  constructor(private readonly statements: readonly BatchedStatement[]) {
    super('');
    this.answered = new Promise((resolve, reject) => {
      this.callback = (error) => (error === undefined ? resolve() : reject(error));
    });
  }

  override submit = (connection: pg.Connection): void => {
    connection.stream.cork();
    for (const { name, text, values } of this.statements) {
      if (text !== undefined) connection.parse({ name, text, types: [] }, true);
      connection.bind({ statement: name, values }, true);
      connection.execute(null, true);
    }
    connection.sync();
    connection.stream.uncork();
  };

  handleCommandComplete(): void {
    this.executed += 1;
  }

  handleEmptyQuery(): void {
    this.executed += 1;
  }

  handleError(cause: unknown): void {
    this.callback(isRefusal(cause) ? new BatchFailed(this.executed, { cause }) : cause);
  }

  handleReadyForQuery(): void {
    this.callback();
  }

  handleRowDescription(): void {}

  handleDataRow(): void {}
}

/**
 * What the server says of a statement. Not so what it says of itself: a lost connection (08, or a FATAL error), a conflict
 * with others (40, 55), an operator (57), a broken disk (58).
 */
export const isRefusal = (error: unknown): error is pg.DatabaseError =>
  error instanceof pg.DatabaseError && error.severity !== 'FATAL' && !/^(08|40|55|57|58)/.test(error.code ?? '');

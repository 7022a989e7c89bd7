import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CompiledQuery, type Kysely, sql } from 'kysely';
import { Pipeline } from './pipeline.js';
import { PgFixture } from './testing/pg-fixture.js';
import { TcpProxy } from './testing/tcp-proxy.js';

const SLOW = 60_000;
const add = (n: unknown): CompiledQuery => CompiledQuery.raw('insert into numbers values ($1)', [n]);

/** What a statement's failure is told as: which one it was. */
class Blamed extends Error {
  override readonly name = 'Blamed';
  constructor(
    readonly n: unknown,
    options: ErrorOptions,
  ) {
    super(`number ${n}`, options);
  }
}

describe('a pipeline', () => {
  let fixture: PgFixture;
  let pipeline: Pipeline;

  beforeEach(async () => {
    fixture = await PgFixture.open();
    await fixture.owner.query(
      `create table numbers (n int primary key); grant all on numbers to ${fixture.database.role}`,
    );
    pipeline = await opened(fixture.database.databaseUrl);
  });
  afterEach(() => fixture.close());

  const opened = async (url: string): Promise<Pipeline> => {
    const opening = await Pipeline.open(url, 'pipeline under test', SLOW);
    fixture.onClose(() => opening.close());
    return opening;
  };
  const write = (...numbers: readonly unknown[]): void => {
    for (const n of numbers) pipeline.write(add(n), (cause) => new Blamed(n, { cause }));
  };
  const read = async (db: Kysely<never>): Promise<readonly number[]> =>
    (await sql<{ n: number }>`select n from numbers order by n`.execute(db)).rows.map(({ n }) => n);
  const stored = async (): Promise<readonly number[]> =>
    (await fixture.owner.query('select n from numbers order by n')).rows.map(({ n }) => n);
  const upTo = (n: number): readonly number[] => Array.from({ length: n }, (_, index) => index + 1);

  it('executes what was written in order, whatever number, and reads it back before it is committed', async () => {
    await pipeline.transaction(async () => {
      write(...upTo(1_234));
      expect(await read(pipeline.db)).toEqual(upTo(1_234));
      pipeline.write(CompiledQuery.raw('delete from numbers where n > $1', [2]), (cause) => new Error('', { cause }));
      write(3);
    });
    expect(await stored()).toEqual([1, 2, 3]);
  });

  it('keeps nothing of a transaction in which a statement was refused, and blames that one', async () => {
    await expect(pipeline.transaction(async () => write(...upTo(250), 17, ...upTo(250)))).rejects.toMatchObject({
      name: 'Blamed',
      n: 17,
      cause: { code: '23505' },
    });
    expect(await stored()).toEqual([]);
  });

  it('blames the statement that was refused, not the question that came after it', async () => {
    const asking = pipeline.transaction(async () => {
      write(1, 1, 2);
      await read(pipeline.db);
    });
    await expect(asking).rejects.toMatchObject({ name: 'Blamed', n: 1 });
  });

  it('sends transactions behind each other, and says of each whether it was committed', async () => {
    const first = await pipeline.send(async () => write(1, 2));
    const second = await pipeline.send(async () => write(3));
    await Promise.all([first.committed, second.committed]);
    expect(await stored()).toEqual([1, 2, 3]);
    const third = await pipeline.send(async () => write(4));
    const refused = await pipeline.send(async () => write(5, 1, 6));
    const behind = await pipeline.send(async () => write(1));
    await third.committed;
    await expect(refused.committed).rejects.toMatchObject({ name: 'Blamed', n: 1 });
    await expect(behind.committed).rejects.toMatchObject({ name: 'Blamed', n: 1 });
    expect(await stored()).toEqual([1, 2, 3, 4]);
  });

  it('a commit that is refused keeps nothing', async () => {
    await fixture.owner.query('alter table numbers add column p int references numbers deferrable initially deferred');
    const orphan = CompiledQuery.raw('insert into numbers values (1, 2)');
    const { committed } = await pipeline.send(async () => pipeline.write(orphan, (cause) => new Blamed(1, { cause })));
    await expect(committed).rejects.toMatchObject({ code: '23503' });
    expect(await stored()).toEqual([]);
  });

  it('a question that is refused is told as it is', async () => {
    const asking = pipeline.transaction(() => sql`select no_such_column from numbers`.execute(pipeline.db));
    await expect(asking).rejects.toMatchObject({ code: '42703' });
  });

  it('a parameter that cannot be sent is refused where it is written, and what was written before is kept', async () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    await pipeline.transaction(async () => {
      write(1);
      expect(() => write(circle)).toThrow(TypeError);
      write(2);
    });
    expect(await stored()).toEqual([1, 2]);
  });

  it('takes parameters as pg does', async () => {
    await fixture.owner.query(
      `create table kinds (n int, t text, a text[], j json, i timestamptz, b bytea); grant all on kinds to ${fixture.database.role}`,
    );
    const values = [null, 'a "quote"', ['x', 'y\\,"', null], { k: [1] }, new Date(1e12), Buffer.from([0, 255])];
    await pipeline.transaction(async () => {
      pipeline.write(CompiledQuery.raw('insert into kinds values ($1, $2, $3, $4, $5, $6)', values), () => new Error());
      await pipeline.settle();
    });
    const { rows } = await fixture.owner.query({ text: 'select * from kinds', rowMode: 'array' });
    expect(rows).toEqual([values]);
  });

  it('parses each text once, and texts beyond a limit each time', async () => {
    const texts = upTo(300).map((n) => `insert into numbers values ($1 + ${n} * 0)`);
    await pipeline.transaction(async () => {
      for (const round of [0, 1])
        texts.forEach((text, index) =>
          pipeline.write(CompiledQuery.raw(text, [index + 300 * round]), () => new Error()),
        );
      await pipeline.settle();
      const { rows } = await sql<{ n: number }>`select count(*)::int as n from pg_prepared_statements`.execute(
        pipeline.db,
      );
      expect(rows[0]?.n).toBeLessThanOrEqual(200);
    });
    expect(await stored()).toHaveLength(600);
  });

  it('a connection that breaks is to blame itself', async () => {
    const proxy = await TcpProxy.open(fixture.database.databaseUrl);
    fixture.onClose(() => proxy.close());
    pipeline = await opened(proxy.url);
    const cut = pipeline.transaction(async () => {
      proxy.cutAtNextAnswer();
      write(...upTo(500));
    });
    await expect(cut).rejects.not.toBeInstanceOf(Blamed);
    await expect(pipeline.settle()).rejects.not.toBeInstanceOf(Blamed);
    expect(await stored()).toEqual([]);
  });

  it('a server that ends the connection is to blame itself', async () => {
    const ended = pipeline.transaction(async () => {
      write(1);
      await read(pipeline.db);
      await fixture.owner.query(
        `select pg_terminate_backend(pid, 10000) from pg_stat_activity where application_name = 'pipeline under test' and datname = current_database()`,
      );
      write(2);
    });
    await expect(ended).rejects.not.toBeInstanceOf(Blamed);
    expect(await stored()).toEqual([]);
  });

  it('a server that does not answer is given up', async () => {
    const proxy = await TcpProxy.open(fixture.database.databaseUrl);
    fixture.onClose(() => proxy.close());
    const impatient = await Pipeline.open(proxy.url, 'pipeline under test', 200);
    fixture.onClose(() => impatient.close());
    proxy.fallSilent();
    await expect(impatient.transaction(() => Promise.resolve())).rejects.toThrow('timeout');
  });

  it('an answer ends the wait for it', async () => {
    const waits = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = waits();
    await pipeline.transaction(async () => write(...upTo(500)));
    // Others' may have ended meanwhile.
    expect(waits()).toBeLessThanOrEqual(before);
  });
});

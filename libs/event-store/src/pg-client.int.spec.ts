import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@managed-os/kernel/testing';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { openPool, PgClient } from './pg-client.js';
import { TcpProxy, testDatabaseUrl } from './testing/index.js';

let proxy: TcpProxy;
beforeEach(async () => {
  proxy = await TcpProxy.open(testDatabaseUrl());
});
afterEach(() => proxy.close());

describe('a connection whose server is gone without a word', () => {
  it('is closed with the query that is not answered: a pool lends nobody a connection that answers no more', async () => {
    const pool = openPool({ connectionString: proxy.url, max: 1, query_timeout: 500 });
    const db = new Kysely<never>({ dialect: new PostgresDialect({ pool }) });
    await sql`select 1`.execute(db);
    proxy.fallSilent();
    await expect(sql`select 2`.execute(db)).rejects.toThrow('Query read timeout');
    await eventually(() => pool.totalCount === 0, 'the connection is given up');
    proxy.heal();
    expect((await sql<{ n: number }>`select 3 as n`.execute(db)).rows).toEqual([{ n: 3 }]);
    expect(proxy.accepted).toBe(2);
    await db.destroy();
  });

  it('within a transaction fails that one, and the next one has another', async () => {
    const pool = openPool({ connectionString: proxy.url, max: 1, query_timeout: 500 });
    const db = new Kysely<never>({ dialect: new PostgresDialect({ pool }) });
    const work = db.transaction().execute(async (tx) => {
      await sql`select 1`.execute(tx);
      proxy.fallSilent();
      await sql`select 2`.execute(tx);
    });
    await expect(work).rejects.toThrow();
    await eventually(() => pool.totalCount === 0, 'the connection is given up');
    proxy.heal();
    expect((await sql<{ n: number }>`select 3 as n`.execute(db)).rows).toEqual([{ n: 3 }]);
    await db.destroy();
  });

  it('does not hold up whoever ends it', async () => {
    const client = new PgClient({ connectionString: proxy.url });
    client.on('error', () => undefined);
    await client.connect();
    const pool = openPool({ connectionString: proxy.url, max: 1 });
    await pool.query('select 1');
    proxy.stall();
    await Promise.all([client.end(), pool.end()]);
  });
});

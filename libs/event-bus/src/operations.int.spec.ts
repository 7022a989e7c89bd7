import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openPool } from '@managed-os/event-store';
import { createTestDatabase, type TestDatabase } from '@managed-os/event-store/testing';
import pg from 'pg';
import { migrationsOfBus } from './migrations.js';
import { endedWell, type NewOperation, Operations } from './operations.js';
import { OPERATION_KINDS } from './tables.js';

let database: TestDatabase;
let pool: pg.Pool;
let operations: Operations;
beforeEach(async () => {
  database = await createTestDatabase({ schema: 'deadlines', folders: [migrationsOfBus] });
  pool = openPool({ connectionString: database.databaseUrl, max: 2 });
  operations = new Operations(pool);
});
afterEach(async () => {
  await pool.end();
  await database.drop();
});

const asked = (more: Partial<NewOperation> = {}): NewOperation => ({
  kind: 'verify',
  target: 'store',
  askedBy: 'user:anna',
  correlationId: '5a3c9a4e-6a44-5a0e-8a39-3f3a6c0f8f11',
  ...more,
});

describe('operations', () => {
  it('of every kind are recorded with who asked for what and why, in order, page by page', async () => {
    for (const kind of OPERATION_KINDS) await operations.begin(asked({ kind, because: 'for a test' }));
    const [first, ...rest] = await operations.list(0n, 10);
    expect(first).toMatchObject({ ...asked({ kind: 'redeliver', because: 'for a test' }), askedAt: expect.any(Date) });
    expect(await operations.list(first?.operationId ?? 0n, 2)).toEqual(rest.slice(0, 2));
  });

  it('are recorded before they begin, and as they ended', async () => {
    const seen: unknown[] = [];
    const result = await operations.run(
      asked(),
      async () => {
        seen.push(...(await operations.list(0n, 10)));
        return 7;
      },
      (n) => endedWell(`${n} events`),
    );
    expect(result).toBe(7);
    expect(seen).toEqual([expect.not.objectContaining({ end: expect.anything() })]);
    expect(await operations.list(0n, 10)).toMatchObject([{ end: { outcome: 'done', detail: '7 events' } }]);
  });

  it('that go on are ended by whoever does them', async () => {
    const operationId = await operations.run(
      asked(),
      (operationId) => Promise.resolve(operationId),
      () => undefined,
    );
    expect(await operations.list(0n, 10)).toEqual([expect.not.objectContaining({ end: expect.anything() })]);
    await operations.end(operationId, endedWell('at last'));
    expect(await operations.list(0n, 10)).toMatchObject([{ end: { detail: 'at last' } }]);
  });

  it('that fail say why, to the caller too', async () => {
    const failing = operations.run(
      asked(),
      () => Promise.reject(new RangeError('too far')),
      () => endedWell(''),
    );
    await expect(failing).rejects.toThrow('too far');
    expect(await operations.list(0n, 10)).toMatchObject([
      { end: { outcome: 'failed', detail: 'RangeError: too far', at: expect.any(Date) } },
    ]);
  });

  it('whose process dies have no end, and one that ended keeps its end', async () => {
    await operations.begin(asked());
    const ended = await operations.begin(asked());
    await operations.end(ended, endedWell('first'));
    await operations.end(ended, { outcome: 'failed', detail: 'second' });
    expect((await operations.list(0n, 10)).map(({ end }) => end?.detail)).toEqual([undefined, 'first']);
  });

  it.each([
    ['operations', 'target'],
    ['operation_ends', 'detail'],
  ])('nobody changes %s: not the service, not the owner', async (table, column) => {
    await operations.end(await operations.begin(asked()), endedWell('so it was'));
    const owner = new pg.Client({ connectionString: database.ownerUrl });
    await owner.connect();
    await owner.query('set search_path = deadlines');
    try {
      for (const change of [
        `update ${table} set ${column} = 'otherwise'`,
        `delete from ${table}`,
        `truncate ${table} cascade`,
      ]) {
        await expect(pool.query(change)).rejects.toMatchObject({ code: '42501' });
        await expect(owner.query(change)).rejects.toMatchObject({ code: '23001' });
      }
    } finally {
      await owner.end();
    }
    expect(await operations.list(0n, 10)).toMatchObject([{ end: { detail: 'so it was' } }]);
  });
});

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { call, type Call } from './testing/call.js';
import { added, append, at, newId, newStream, once, renamed } from './testing/contract/given.js';
import { PgFixture } from './testing/pg-fixture.js';

let fixture: PgFixture;
let role: pg.Client;
beforeAll(async () => {
  fixture = await PgFixture.open();
  await fixture.partitionBy(1_000);
  role = await fixture.client();
});
beforeEach(() => fixture.empty());
afterAll(() => fixture.close());

const tables = ['store', 'streams', 'event_ids', 'events', 'events_from_0', 'inbox', 'migrations'];

describe("the service's role", () => {
  it.each(tables)('cannot write %s past the function', async (table) => {
    await fixture.store().append(append({ once: once() }));
    const denied = { code: '42501' };
    await expect(role.query(`insert into ${table} default values`)).rejects.toMatchObject(denied);
    await expect(role.query(`delete from ${table}`)).rejects.toMatchObject(denied);
    await expect(role.query(`truncate ${table}`)).rejects.toMatchObject(denied);
    await expect(role.query(`drop table ${table}`)).rejects.toMatchObject(denied);
    await expect(role.query(`alter table ${table} disable trigger all`)).rejects.toMatchObject(denied);
    const { rows } = await fixture.owner.query(
      `select attname from pg_attribute where attrelid = $1::regclass and attnum > 0`,
      [table],
    );
    for (const { attname } of rows) {
      await expect(role.query(`update ${table} set ${attname} = ${attname}`)).rejects.toMatchObject(denied);
    }
  });

  it('reads every table of the store, and creates nothing', async () => {
    for (const table of ['store', 'streams', 'event_ids', 'events', 'inbox', 'checkpoints'])
      await role.query(`select * from ${table}`);
    for (const statement of [
      'create table x ()',
      'create function x() returns int language sql as $$ select 1 $$',
      'create schema x',
      'select add_partition()',
      'set role postgres',
      `set session_replication_role = replica`,
    ]) {
      await expect(role.query(statement)).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('cannot make the function write somewhere else', async () => {
    const evil = await fixture.client();
    await evil.query(
      'create temp table store (like store including all); create temp table events (like library.events); create temp table streams (like library.streams)',
    );
    await evil.query('insert into store default values');
    await evil.query('set search_path = pg_temp, library');
    await evil.query(call({ stream: ['library_item-x'] }));
    expect((await evil.query('select * from pg_temp.events')).rows).toEqual([]);
    expect((await fixture.owner.query('select stream from library.events')).rows).toEqual([
      { stream: 'library_item-x' },
    ]);
  });

  it('nobody else may call the function', async () => {
    await fixture.owner.query(`create role nobody_${process.pid}`);
    try {
      const { rows } = await fixture.owner.query(
        `select has_function_privilege($1, 'append(text[],bigint[],timestamptz[],text[],text[],bigint[],json[],text[],bigint[],uuid[],text[],json[],json[],boolean[])', 'execute') as may`,
        [`nobody_${process.pid}`],
      );
      expect(rows).toEqual([{ may: false }]);
    } finally {
      await fixture.owner.query(`drop role nobody_${process.pid}`);
    }
  });
});

describe('the database itself refuses', () => {
  it.each<[string, Partial<Call>, string]>([
    ['a stream with a dot', { stream: ['library_item-a.b'] }, 'stream_name_malformed'],
    ['a token of 65 characters', { stream: [`library_item-${'x'.repeat(65)}`] }, 'stream_name_malformed'],
    ['an event over 256 kB', { data: [JSON.stringify('x'.repeat(256 * 1024 - 1))] }, 'event_over_256_kb'],
    ['metadata over 16 kB', { metadata: [JSON.stringify('x'.repeat(16 * 1024))] }, 'metadata_over_16_kb'],
    ['a type that is none', { type: ['Item Added'] }, 'type_malformed'],
    ['a consumer with a blank', { consumer: ['a b'], message: ['1'] }, 'consumer_malformed'],
    ['a message without an id', { consumer: ['a'], message: [''] }, 'message_id_malformed'],
  ])('%s', async (_, broken, constraint) => {
    await expect(role.query(call(broken))).rejects.toMatchObject({ code: '23514', constraint });
  });

  it('one stream twice in a call, one id twice, an event without a stream, text that is no JSON', async () => {
    await expect(role.query(call({ stream: ['library_item-a', 'library_item-a'] }))).rejects.toMatchObject({
      code: '21000',
    });
    const id = newId();
    await expect(
      role.query(call({ stream: ['library_item-a', 'library_item-b'], id: [id, id] })),
    ).rejects.toMatchObject({ constraint: 'event_id_taken' });
    await expect(role.query(call({ stream: [null] }))).rejects.toMatchObject({ code: '23502' });
    await expect(role.query(call({ data: ['{'] }))).rejects.toMatchObject({ code: '22P02' });
    expect(await fixture.store().lastPosition()).toBe(0n);
  });

  it('events that are not in the order of their appends', async () => {
    const { values = [], ...query } = call({ stream: ['library_item-a', 'library_item-b'] });
    const misplaced = { ...query, values: values.with(8, [2, 1]) };
    await expect(role.query(misplaced)).rejects.toMatchObject({ code: '22023' });
    expect(await fixture.store().lastPosition()).toBe(0n);
  });

  it('an append in a transaction whose snapshot is older than the lock', async () => {
    await role.query('begin isolation level repeatable read');
    await expect(role.query(call({}))).rejects.toMatchObject({ code: '25000' });
    await role.query('rollback');
  });

  it('to change or remove what was appended, in every partition, even for the owner', async () => {
    const store = fixture.store();
    for (let n = 0; n < 3; n++)
      await store.append(append({ events: Array.from({ length: 600 }, () => added()), once: once() }));
    const { rows } = await fixture.owner.query(
      `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'events'::regclass`,
    );
    expect(rows.length).toBeGreaterThan(2);
    for (const { name } of [...rows, { name: 'events' }, { name: 'event_ids' }, { name: 'inbox' }]) {
      for (const statement of [
        `update ${name} set position = 0`,
        `delete from ${name}`,
        `delete from ${name} where false`,
        `truncate ${name}`,
      ]) {
        await expect(fixture.owner.query(statement)).rejects.toMatchObject({ code: '23001' });
      }
    }
  });

  it('a second row in store', async () => {
    await expect(fixture.owner.query('insert into store default values')).rejects.toMatchObject({
      constraint: 'store_exists',
    });
    await expect(fixture.owner.query('insert into store (only_row) values (false)')).rejects.toMatchObject({
      constraint: 'second_store',
    });
  });
});

describe('one call', () => {
  it('writes what wins though what comes before it loses, without an error that has to be told apart', async () => {
    const { values = [], ...query } = call({ stream: ['library_item-loses', 'library_item-wins'] });
    const { rows } = await role.query({ ...query, values: values.with(1, [9, 0]) });
    expect(rows).toEqual([
      { outcome: 'conflict', revision: '0' },
      { outcome: 'done', revision: '1' },
    ]);
    const [entry, ...rest] = await fixture.store().readEvents(0n, 10);
    expect(rest).toEqual([]);
    expect(entry).toMatchObject({ stream: 'library_item-wins', position: 1n, revision: 1n, id: values[9][1] });
  });
});

describe('what is stored', () => {
  it('is a hash chain per stream that anybody can compute again', async () => {
    const store = fixture.store();
    const streams = [newStream(), newStream()];
    await Promise.all(
      streams.map((stream) =>
        store.append(append({ stream, time: at(1), events: [added('Zo\u00eb "\\'), renamed('\u{1f34e}\n')] })),
      ),
    );
    for (const stream of streams) await store.append(append({ stream, time: at(2), once: once() }));
    const stored = await store.readEvents(0n, 100);
    const { rows: digests } = await fixture.owner.query(
      `select encode(digest, 'hex') as digest from events order by position`,
    );
    const chain = new Map<string, Buffer>();
    for (const [index, event] of stored.entries()) {
      const text = [event.id, event.type, event.revision, event.time, event.data].join('\n');
      const previous = chain.get(event.stream) ?? createHash('sha256').update(event.stream).digest();
      chain.set(event.stream, createHash('sha256').update(previous).update(text).digest());
      expect(chain.get(event.stream)?.toString('hex')).toBe(digests[index].digest);
    }
    const { rows: heads } = await fixture.owner.query(`select stream, encode(digest, 'hex') as digest from streams`);
    expect(new Map(heads.map((h) => [h.stream, h.digest]))).toEqual(
      new Map([...chain].map(([s, d]) => [s, d.toString('hex')])),
    );
  });

  it('is the text of the JSON as it was written, space by space', async () => {
    const data = '{"b":1, "a" : 1.0,"a":2,\t"z":"\\u0041"}';
    await role.query(call({ data: [data] }));
    expect((await fixture.store().readEvents(0n, 1))[0]?.data).toBe(data);
  });

  it('an event of a newer version is passed on as it stands', async () => {
    await role.query(call({ type: ['managedos.library.v9.ItemPainted'], data: ['{"colour":"red"}'] }));
    const [entry] = await fixture.store().readLog(0n, 1);
    expect(entry?.envelope).toMatchObject({
      type: 'managedos.library.v9.ItemPainted',
      data: { type: 'ItemPainted', colour: 'red' },
    });
  });
});

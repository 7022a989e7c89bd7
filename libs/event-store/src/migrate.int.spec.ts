import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { withSettings } from './connection.js';
import { migrate, type MigrationFolder } from './migrate.js';
import { testDatabaseUrl } from './testing/config.js';

describe('migrate', () => {
  const name = `migrate_${process.pid}`;
  const role = `mos_progress_${process.pid}`;
  const server = testDatabaseUrl();
  const ownerUrl = Object.assign(new URL(server), { pathname: `/${name}` }).toString();
  let superuser: pg.Client;
  let client: pg.Client;
  let folder: string;

  beforeEach(async () => {
    superuser = await connected(server);
    await superuser.query(`create database ${name}`);
    client = await connected(ownerUrl);
    folder = await mkdtemp(path.join(tmpdir(), 'migrations-'));
  });
  afterEach(async () => {
    await client.end();
    await superuser.query(`drop database ${name} with (force)`);
    await superuser.query(`drop role if exists ${role}`);
    await superuser.end();
    await rm(folder, { recursive: true });
  });

  const connected = async (connectionString: string): Promise<pg.Client> => {
    const opened = new pg.Client({ connectionString });
    await opened.connect();
    return opened;
  };
  const url = (): URL => pathToFileURL(`${folder}/`);
  const file = (file: string, sql: string): Promise<void> => writeFile(path.join(folder, file), sql);
  const run = (folders: readonly MigrationFolder[] = [url()], by = ownerUrl): Promise<void> =>
    migrate({ ownerUrl: by, schema: 'progress', role, folders });
  const applied = async (): Promise<readonly string[]> =>
    (
      await client.query(
        `select "set" || '/' || file as file from progress.migrations order by applied_at, "set", number`,
      )
    ).rows.map((r) => r.file);
  const own = readdirSync(new URL('../src/migrations/', import.meta.url))
    .toSorted()
    .map((name) => `event_store/${name}`);

  it("applies the store's files, then the service's, each once", async () => {
    await file('0001_devices.sql', 'create table devices (id text primary key)');
    await run();
    await file('0002_names.sql', 'alter table devices add column name text');
    await run();
    await run();
    expect(await applied()).toEqual([...own, 'service/0001_devices.sql', 'service/0002_names.sql']);
  });

  it('numbers each set of files by itself', async () => {
    await file('0001_relay.sql', 'create table relay (stream text)');
    await run([{ set: 'event_bus', url: url() }]);
    expect(await applied()).toEqual([...own, 'event_bus/0001_relay.sql']);
  });

  it('is safe when several processes start at once', async () => {
    await file('0001_devices.sql', 'create table devices (id text primary key)');
    await Promise.all([run(), run(), run(), run(), run()]);
    expect(await applied()).toHaveLength(own.length + 1);
  });

  it('refuses a file that was edited after it was applied, and applies nothing then', async () => {
    await file('0001_devices.sql', 'create table devices (id text)');
    await run();
    await file('0001_devices.sql', 'create table devices (id uuid)');
    await file('0002_more.sql', 'create table more ()');
    await expect(run()).rejects.toMatchObject({
      code: 'migration-refused',
      message: expect.stringContaining('0001_devices.sql was edited'),
    });
    expect(await applied()).toHaveLength(own.length + 1);
  });

  it('refuses numbers with gaps and names without numbers', async () => {
    await file('0002_b.sql', 'select 1');
    await expect(run()).rejects.toMatchObject({ code: 'migration-refused' });
    await rm(path.join(folder, '0002_b.sql'));
    await file('devices.sql', 'select 1');
    await expect(run()).rejects.toMatchObject({ code: 'migration-refused' });
  });

  it('runs on a schema that a newer version migrated', async () => {
    await file('0001_a.sql', 'create table a ()');
    await file('0002_b.sql', 'create table b ()');
    await run();
    await rm(path.join(folder, '0002_b.sql'));
    await run();
    expect(await applied()).toHaveLength(own.length + 2);
  });

  it('a file that fails leaves nothing behind and says which one it was', async () => {
    await file('0001_a.sql', 'create table a ()');
    await file('0002_b.sql', 'create table b (); select 1 / 0');
    await expect(run()).rejects.toMatchObject({ message: expect.stringContaining('0002_b.sql') });
    expect(await applied()).toHaveLength(own.length + 1);
    expect((await client.query(`select to_regclass('progress.b') as b`)).rows).toEqual([{ b: null }]);
    await file('0002_b.sql', 'create table b ()');
    await run();
    expect(await applied()).toHaveLength(own.length + 2);
  });

  it("grants the role its service's tables, sequences and functions, also those of a later migration", async () => {
    await file('0001_a.sql', 'create table a (id bigint generated always as identity, n serial, x text)');
    await run();
    await file(
      '0002_b.sql',
      'create table b (x text); create view v as select * from b; create function f() returns int language sql as $$ select 7 $$',
    );
    await run();
    const service = await connected(
      withSettings(Object.assign(new URL(ownerUrl), { username: role }).toString(), { search_path: 'progress' }),
    );
    try {
      await service.query(
        `insert into a (x) values ('1'); insert into b values ('2'); update b set x = '3'; delete from a`,
      );
      expect((await service.query('select x, f() from v')).rows).toEqual([{ x: '3', f: 7 }]);
      await expect(service.query('create table c ()')).rejects.toMatchObject({ code: '42501' });
    } finally {
      await service.end();
    }
  });

  it('lets the role add to a table with the trigger append_only, and change nothing in it', async () => {
    await file(
      '0001_a.sql',
      `create table notes (x text);
       create trigger append_only before update or delete or truncate on notes for each statement execute function refuse_change()`,
    );
    await run();
    const service = await connected(
      withSettings(Object.assign(new URL(ownerUrl), { username: role }).toString(), { search_path: 'progress' }),
    );
    try {
      await service.query(`insert into notes values ('1')`);
      expect((await service.query('select x from notes')).rows).toEqual([{ x: '1' }]);
      for (const change of [`update notes set x = '2'`, 'delete from notes', 'truncate notes']) {
        await expect(service.query(change)).rejects.toMatchObject({ code: '42501' });
        await expect(client.query(change.replace('notes', 'progress.notes'))).rejects.toMatchObject({ code: '23001' });
      }
    } finally {
      await service.end();
    }
  });

  it('tells an administrator what to do when the owner may not create schema or role', async () => {
    const owner = `owner_${process.pid}`;
    await superuser.query(`create role ${owner} login`);
    try {
      const by = Object.assign(new URL(ownerUrl), { username: owner }).toString();
      await expect(run([], by)).rejects.toMatchObject({ message: expect.stringContaining('create schema "progress"') });
      await client.query(`create schema progress authorization ${owner}`);
      await expect(run([], by)).rejects.toMatchObject({
        message: expect.stringContaining(`create role "${role}" login`),
      });
      await superuser.query(`create role ${role} login`);
      await run([], by);
      expect(await applied()).toEqual(own);
    } finally {
      await client.query('drop schema if exists progress cascade');
      await client.query(`drop owned by ${owner}`);
      await superuser.query(`drop role ${owner}`);
    }
  });
});

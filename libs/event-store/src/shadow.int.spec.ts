import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LibraryEvent } from '@managed-os/contracts';
import { SystemClock } from '@managed-os/kernel';
import { type Generated, sql } from 'kysely';
import type { PgEventStore } from './pg-event-store.js';
import { defineProjection, type Projection } from './projection.js';
import { ProjectionRunner } from './projection-runner.js';
import type { Rebuild } from './rebuilds.js';
import { added, append, newId, renamed } from './testing/contract/given.js';
import { PgFixture } from './testing/pg-fixture.js';

const { real } = new SystemClock();

/** A parent and its children, with most of what a table can have. */
const TABLES = `
  create function shout(text) returns text immutable language sql return upper($1) || '!';
  create table parents (
    dropped int,
    n bigint generated always as identity,
    item_id uuid constraint parent_twice primary key,
    name text not null constraint name_empty check (name <> ''),
    loud text generated always as (shout(name)) stored,
    told text not null default 'by default'
  );
  alter table parents drop column dropped;
  create unique index parents_by_loud on parents (shout(name), item_id);
  create table children (
    id serial constraint child_twice primary key,
    item_id uuid not null constraint child_without_parent references parents on delete cascade,
    name text not null,
    times int not null default 1,
    constraint named_twice unique (item_id, name)
  );
  create view families as select p.item_id, p.loud, c.name, c.times from parents p left join children c using (item_id);
  create table tales (entry int generated always as identity, tale text);
  create function tell() returns trigger language plpgsql security definer set search_path = library as $$
  begin
    insert into tales (tale) values (tg_table_name || ' ' || lower(tg_op));
    return null;
  end $$;
  create trigger tell after insert or delete on parents for each statement execute function tell();`;

interface Tables {
  parents: { n: Generated<string>; item_id: string; name: string; loud: Generated<string>; told: Generated<string> };
  children: { id: Generated<number>; item_id: string; name: string; times: Generated<number> };
}

const families = defineProjection<LibraryEvent, Tables>()({
  name: 'families',
  version: 1,
  tables: ['parents', 'children'],
  handlers: {
    ItemAdded: ({ itemId, name }, tx) => [
      tx.insertInto('parents').values({ item_id: itemId, name }),
      tx.insertInto('children').values({ item_id: itemId, name: 'first' }),
    ],
    ItemRenamed: async ({ itemId, name }, tx) => {
      const parent = await tx.selectFrom('parents').select('name').where('item_id', '=', itemId).executeTakeFirst();
      return (
        parent && [
          tx.updateTable('parents').set({ name }).where('item_id', '=', itemId),
          tx
            .insertInto('children')
            .values({ item_id: itemId, name: parent.name })
            .onConflict((c) => c.constraint('named_twice').doUpdateSet({ times: sql`children.times + 1` })),
        ]
      );
    },
    ItemRemoved: ({ itemId }, tx) => tx.deleteFrom('parents').where('item_id', '=', itemId),
    EnforcementConfigured: 'ignored',
    ReleaseWindowOverridden: 'ignored',
    ReleaseWindowRestored: 'ignored',
  },
});

describe('the shadow of a read model', () => {
  let fixture: PgFixture;
  let store: PgEventStore<LibraryEvent>;
  beforeEach(async () => {
    fixture = await PgFixture.open();
    const { role } = fixture.database;
    // As `migrate` grants it.
    await fixture.owner.query(`${TABLES};
      grant select, insert, update, delete on parents, children, families, tales to ${role};
      grant usage, select on all sequences in schema library to ${role}; grant execute on function shout to ${role};
      revoke insert, update, delete on tales from ${role}`);
    store = fixture.store();
  });
  afterEach(() => fixture.close());

  const following = async (projection: Projection): Promise<ProjectionRunner> => {
    const { databaseUrl, schema } = fixture.database;
    const runner = new ProjectionRunner({ store, databaseUrl, schema, projections: [projection], real });
    fixture.onClose(() => runner.stop());
    runner.start();
    await runner.caughtUp();
    return runner;
  };
  const rebuild = async (runner: ProjectionRunner): Promise<Rebuild> => {
    const asked = await runner.rebuild('families', 'user:1');
    for (;;) {
      const [status] = await runner.list();
      if (status?.rebuild?.id === asked?.id && status?.rebuild?.endedAt !== undefined) return status.rebuild;
      await real.sleep(2);
    }
  };
  const query = async (text: string): Promise<readonly unknown[]> => (await fixture.owner.query(text)).rows;
  /** All that the log decides: numbers of sequences are not among it. */
  const model = async () => ({
    parents: await query('select item_id, name, loud, told from parents order by n'),
    children: await query('select item_id, name, times from children order by id'),
    families: await query('select * from families order by 1, 3'),
  });
  const happened = (...events: readonly LibraryEvent[]): Promise<unknown> => store.append(append({ events }));
  const ids = Array.from({ length: 6 }, newId);
  const history = async (): Promise<void> => {
    for (const itemId of ids) await happened({ type: 'ItemAdded', itemId, os: '12', name: `item ${itemId}` });
    for (const name of ['a', 'b', 'a', 'a'])
      for (const itemId of ids) await happened({ type: 'ItemRenamed', itemId, name });
    for (const itemId of ids.slice(0, 2)) await happened({ type: 'ItemRemoved', itemId, os: '12' });
    await happened(renamed('of nobody'));
  };

  it('has keys, checks, cascades, generated columns and defaults under the names that handlers use', async () => {
    await history();
    const runner = await following(families);
    const before = await model();
    expect(before.families).toContainEqual({ item_id: ids[2], loud: 'A!', name: 'a', times: 2 });
    expect(before.parents).toHaveLength(4);
    await query('delete from children; update parents set told = name');
    expect(await rebuild(runner)).toMatchObject({ state: 'done' });
    expect(await model()).toEqual(before);
  });

  it('shares sequences with the read model, so that what is numbered stays unique and in order', async () => {
    await history();
    const runner = await following(families);
    await rebuild(runner);
    await happened(added('another'), added('and one more'));
    await runner.caughtUp();
    const numbered = await query('select name from parents order by n desc limit 2');
    expect(numbered).toEqual([{ name: 'and one more' }, { name: 'another' }]);
    expect(await query('select count(distinct id) = count(*) as unique from children')).toEqual([{ unique: true }]);
  });

  it('fires triggers of the read model once, when the rows are replaced', async () => {
    await history();
    const runner = await following(families);
    await fixture.owner.query('truncate tales');
    await rebuild(runner);
    expect(await query('select tale from tales order by entry')).toEqual([
      { tale: 'parents delete' },
      { tale: 'parents insert' },
    ]);
  });

  it('leaves nothing behind on the server', async () => {
    await history();
    await rebuild(await following(families));
    for (;;) {
      const left = await query(`select from pg_class where relpersistence = 't'`);
      if (left.length === 0) break;
      await real.sleep(2);
    }
  });

  it.each([
    [
      'names its table with the schema',
      (name: string) => sql`insert into library.parents (item_id, name) values (gen_random_uuid(), ${name})`,
    ],
    ['writes a table of somebody else', (name: string) => sql`insert into others values (${name})`],
  ])('a handler that %s is refused before anything of it is kept', async (_, statement) => {
    await fixture.owner.query(`create table others (name text); grant all on others to ${fixture.database.role}`);
    await happened(added('x'));
    const runner = await following({
      ...families,
      handlers: {
        ...families.handlers,
        ItemAdded: (event: LibraryEvent, tx) => statement('name' in event ? event.name : '').compile(tx),
      },
    });
    const before = await query('select * from parents, others');
    expect(await rebuild(runner)).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('without a schema'),
    });
    expect(await query('select * from parents, others')).toEqual(before);
  });

  it('says when there is no such table', async () => {
    const runner = await following({ ...families, tables: ['parents', 'grandchildren'] });
    expect(await rebuild(runner)).toMatchObject({
      state: 'failed',
      detail: 'the schema library has no table grandchildren',
    });
  });
});

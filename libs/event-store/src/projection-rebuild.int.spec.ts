import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LibraryEvent } from '@managed-os/contracts';
import { SystemClock } from '@managed-os/kernel';
import type { Kysely } from 'kysely';
import type { PgEventStore } from './pg-event-store.js';
import { defineProjection, type Projection } from './projection.js';
import { ProjectionRunner, type ProjectionRunnerOptions } from './projection-runner.js';
import type { ProjectionStatus } from './projection-status.js';
import type { Rebuild } from './rebuilds.js';
import { added, append, message, once, renamed } from './testing/contract/given.js';
import { PgFixture } from './testing/pg-fixture.js';

interface Tables {
  seen: { position: string; what: string };
}

const { real } = new SystemClock();

/** Called for each event before it is folded, by whoever folds it. */
type Before = (what: string, position: bigint) => Promise<void> | void;

/** Notes each event and message in order. */
const seen = (version = 1, before: Before = () => undefined): Projection => {
  const note =
    (what: string) =>
    async (_: unknown, tx: Kysely<Tables>, { position }: { position: bigint }) => {
      await before(what, position);
      return tx.insertInto('seen').values({ position: String(position), what: `${what} v${version}` });
    };
  return defineProjection<LibraryEvent, Tables>()({
    name: 'seen',
    version,
    tables: ['seen'],
    handlers: {
      ItemAdded: note('added'),
      ItemRenamed: note('renamed'),
      EnforcementConfigured: 'ignored',
      ItemRemoved: 'ignored',
      ReleaseWindowOverridden: 'ignored',
      ReleaseWindowRestored: 'ignored',
    },
    inbox: { consumer: 'library', handlers: { ReleaseAnnounced: note('announced') } },
  });
};

describe('rebuilding a projection', () => {
  let fixture: PgFixture;
  let store: PgEventStore<LibraryEvent>;
  let logged: string[];

  beforeEach(async () => {
    fixture = await PgFixture.open();
    logged = [];
    await fixture.owner.query(
      `create table seen (position bigint, what text); grant all on seen to ${fixture.database.role}`,
    );
    store = fixture.store();
  });
  afterEach(() => fixture.close());

  const log = {
    info: (_: object, text: string) => void logged.push(text),
    warn: () => undefined,
    error: (_: object, text: string) => void logged.push(text),
  };
  const runnerOf = (projection: Projection, by: ProjectionRunnerOptions['store'] = store): ProjectionRunner => {
    const { databaseUrl, schema } = fixture.database;
    const runner = new ProjectionRunner({ store: by, databaseUrl, schema, projections: [projection], real, log });
    fixture.onClose(() => runner.stop());
    return runner;
  };
  const start = (projection: Projection, by: ProjectionRunnerOptions['store'] = store): ProjectionRunner => {
    const runner = runnerOf(projection, by);
    runner.start();
    return runner;
  };
  const following = async (projection: Projection): Promise<ProjectionRunner> => {
    const runner = start(projection);
    await runner.caughtUp();
    return runner;
  };
  const statusOf = async (runner: ProjectionRunner): Promise<ProjectionStatus> => {
    const [status] = await runner.list();
    if (!status) throw new Error('no projection');
    return status;
  };
  const until = async <T>(look: () => Promise<T | undefined | false>): Promise<T> => {
    for (;;) {
      const found = await look();
      if (found) return found;
      await real.sleep(2);
    }
  };
  const ended = (runner: ProjectionRunner, asked?: Rebuild): Promise<Rebuild> =>
    until(async () => {
      const { rebuild } = await statusOf(runner);
      return rebuild?.endedAt !== undefined && rebuild.id === (asked ?? rebuild).id && rebuild;
    });
  const rebuilt = async (runner: ProjectionRunner): Promise<void> =>
    expect(await ended(runner, await runner.rebuild('seen', 'user:1'))).toMatchObject({ state: 'done' });
  const rows = async (): Promise<readonly string[]> =>
    (await fixture.owner.query('select what from seen order by position')).rows.map((r) => r.what);
  const positions = async (): Promise<readonly number[]> =>
    (await fixture.owner.query('select position::int from seen order by position')).rows.map((r) => r.position);
  const upTo = (n: number): readonly number[] => Array.from({ length: n }, (_, index) => index + 1);
  const many = (n: number): Promise<unknown> =>
    store.append(append({ events: Array.from({ length: n }, () => added()) }));
  /** So that rows which were folded again can be told from those that were not. */
  const mark = (): Promise<unknown> => fixture.owner.query(`update seen set what = 'old'`);
  /** The connection on which a rebuild runs. */
  const rebuilding = (rest = ''): Promise<{ readonly pid: number }> =>
    until(
      async () =>
        (
          await fixture.owner.query<{ pid: number }>(
            `select pid from pg_stat_activity where datname = current_database() and application_name = 'rebuild seen' ${rest}`,
          )
        ).rows[0],
    );
  const terminate = (pid: number): Promise<unknown> =>
    fixture.owner.query('select pg_terminate_backend($1, 10000)', [pid]);

  it('replaces the rows by those that the log makes, and goes on from there', async () => {
    await many(2_500);
    const runner = await following(seen());
    await mark();
    await fixture.owner.query(`insert into seen values (99999, 'stray'); delete from seen where position = 7`);
    await rebuilt(runner);
    expect(await positions()).toEqual(upTo(2_500));
    expect(new Set(await rows())).toEqual(new Set(['added v1']));
    await many(3);
    await runner.caughtUp();
    expect(await positions()).toEqual(upTo(2_503));
    expect(logged).toEqual(['rebuilding a projection', 'rebuilt a projection']);
  });

  it('says what is asked, running and done, how far, when and for whom', async () => {
    await many(10);
    const idle = runnerOf(seen());
    expect(await statusOf(idle)).toEqual({
      ...{ name: 'seen', version: 1, position: 0n, head: 10n, state: 'not-started', tables: ['seen'] },
    });
    const asked = await idle.rebuild('seen', 'user:1');
    expect(asked).toMatchObject({ projection: 'seen', askedBy: 'user:1', state: 'asked', position: 0n, events: 0n });
    expect(await idle.rebuild('seen', 'user:2')).toEqual(asked);
    expect(await idle.rebuild('sean', 'user:2')).toBeUndefined();
    // Nobody ran at that time: it was recorded.
    const runner = start(seen());
    const done = await ended(runner);
    expect(done).toMatchObject({ ...asked, state: 'done', position: 10n, head: 10n, events: 10n });
    for (const instant of [done.askedAt, done.startedAt, done.endedAt])
      expect(instant).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    await runner.caughtUp();
    expect(await statusOf(idle)).toMatchObject({ state: 'following', position: 10n, rebuild: done });
    expect((await runner.rebuild('seen', 'user:2'))?.id).not.toBe(done.id);
  });

  it('may be done before anybody followed the log', async () => {
    await many(10);
    const following = await store.lease(`projection ${fixture.database.schema}.seen`);
    const runner = start(seen());
    await rebuilt(runner);
    expect(await positions()).toEqual(upTo(10));
    await following?.release();
    await many(1);
    await runner.caughtUp();
    expect(await positions()).toEqual(upTo(11));
  });

  it('readers see the old rows until all new ones are there, while events arrive', async () => {
    await many(1_500);
    const runner = await following(seen());
    await mark();
    let writing = true;
    const arriving = (async () => {
      while (writing) await Promise.all([many(3), many(1), store.append(append({ events: [renamed('x')] }))]);
    })();
    const asked = await runner.rebuild('seen', 'user:1');
    const looks: { readonly all: number; readonly last: number; readonly old: number; readonly running: boolean }[] =
      [];
    for (let over = false; !over;) {
      const { rebuild } = await statusOf(runner);
      over = rebuild?.id === asked?.id && rebuild?.endedAt !== undefined;
      const { rows: found } = await fixture.owner.query(
        `select count(*)::int as all, max(position)::int as last, count(*) filter (where what = 'old')::int as old from seen`,
      );
      looks.push({ ...found[0], running: rebuild?.state === 'running' });
    }
    writing = false;
    await arriving;
    await runner.caughtUp();
    expect(looks.filter(({ all, last }) => all !== last)).toEqual([]);
    expect(new Set(looks.map(({ old }) => old))).toEqual(new Set([1_500, 0]));
    expect(looks.filter(({ old, running }) => running && old === 1_500).length).toBeGreaterThan(0);
    const lasts = looks.map(({ last }) => last);
    expect(lasts).toEqual(lasts.toSorted((a, b) => a - b));
    expect(await positions()).toEqual(upTo(Number(await store.lastPosition())));
    expect(await rows()).not.toContain('old');
  });

  it('progress goes forward only', async () => {
    await many(4_000);
    const runner = await following(seen(1, () => real.sleep(0.1)));
    await runner.rebuild('seen', 'user:1');
    const told: Rebuild[] = [];
    const last = await until(async () => {
      const { rebuild, state } = await statusOf(runner);
      if (!rebuild) return undefined;
      told.push(rebuild);
      expect(state).toBe(rebuild.state === 'running' ? 'rebuilding' : 'following');
      return rebuild.state === 'done' && rebuild;
    });
    const states = [...new Set(told.map(({ state }) => state))];
    expect(states.slice(-2)).toEqual(['running', 'done']);
    const done = told.map(({ position }) => Number(position));
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(new Set(done).size).toBeGreaterThan(2);
    expect(told.every(({ position, head }) => position <= head)).toBe(true);
    expect(last).toMatchObject({ position: 4_000n, head: 4_000n, events: 4_000n });
  });

  it("folds own events and the inbox's messages in one order", async () => {
    const take = (consumer: string): Promise<unknown> => {
      const envelope = message();
      return store.append(append({ events: [], once: once(consumer, envelope.id, { envelope }) }));
    };
    await many(2);
    await take('library');
    await take('foreign');
    await store.append(append({ events: [renamed('x')] }));
    await take('library');
    const runner = await following(seen());
    const written = async (): Promise<readonly string[]> =>
      (await fixture.owner.query('select what from seen order by ctid')).rows.map(({ what }) => what);
    const order = ['added', 'added', 'announced', 'renamed', 'announced'].map((what) => `${what} v1`);
    expect(await written()).toEqual(order);
    await mark();
    await rebuilt(runner);
    expect(await written()).toEqual(order);
  });

  describe('cut off', () => {
    it.each([
      ['when it has connected', 'and true'],
      ['while it folds', `and query like '%insert into "seen"%'`],
    ])('%s, it begins again by itself', async (_, at) => {
      await many(1_200);
      const runner = await following(seen(1, () => real.sleep(0.1)));
      await mark();
      const asked = await runner.rebuild('seen', 'user:1');
      const { pid } = await rebuilding(at);
      await terminate(pid);
      expect(new Set(await rows()).size).toBe(1);
      expect(await ended(runner, asked)).toMatchObject({ state: 'done', events: 1_200n });
      expect(await positions()).toEqual(upTo(1_200));
      expect(new Set(await rows())).toEqual(new Set(['added v1']));
    });

    it('during the switch, rows and checkpoint are as they were, and it begins again by itself', async () => {
      await many(50);
      const runner = await following(seen());
      await mark();
      const reader = await fixture.client();
      await reader.query('begin; lock table seen in share mode');
      const asked = await runner.rebuild('seen', 'user:1');
      const first = await rebuilding(`and wait_event_type = 'Lock' and query like '%delete from%'`);
      await terminate(first.pid);
      expect(new Set(await rows())).toEqual(new Set(['old']));
      expect(await statusOf(runner)).toMatchObject({ position: 50n, rebuild: { state: 'running' } });
      // Once more, in front of the same lock.
      const second = await rebuilding(`and wait_event_type = 'Lock' and query like '%delete from%'`);
      expect(second.pid).not.toBe(first.pid);
      await reader.query('commit');
      expect(await ended(runner, asked)).toMatchObject({ state: 'done', events: 50n });
      expect(new Set(await rows())).toEqual(new Set(['added v1']));
      await many(2);
      await runner.caughtUp();
      expect(await positions()).toEqual(upTo(52));
    });

    it('with its process, another replica does it', async () => {
      await many(300);
      let open = (): void => undefined;
      const gate = new Promise<void>((resolve) => (open = resolve));
      let reached = false;
      let folded = false;
      const held = seen(1, async (_, position) => {
        if (!folded || position !== 200n) return;
        reached = true;
        await gate;
      });
      const dying = await following(held);
      folded = true;
      await mark();
      await dying.rebuild('seen', 'user:1');
      await until(() => Promise.resolve(reached));
      const stopped = dying.stop();
      open();
      await stopped;
      expect(new Set(await rows())).toEqual(new Set(['old']));
      const other = start(seen(), fixture.store());
      expect(await ended(other)).toMatchObject({ state: 'done', askedBy: 'user:1' });
      expect(await rows()).not.toContain('old');
    });
  });

  it('asked for in several replicas at once, one of them does it once', async () => {
    await many(500);
    const runners = [1, 2, 3].map(() => start(seen(), fixture.store()));
    await Promise.all(runners.map((runner) => runner.caughtUp()));
    await mark();
    const asked = await Promise.all(runners.map((runner, n) => runner.rebuild('seen', `user:${n}`)));
    expect(new Set(asked.map((rebuild) => rebuild?.id)).size).toBe(1);
    const seenBy = await Promise.all(runners.map((runner) => ended(runner, asked[0])));
    expect(seenBy.map(({ state }) => state)).toEqual(['done', 'done', 'done']);
    expect(new Set(seenBy.map(({ startedAt }) => startedAt)).size).toBe(1);
    await many(5);
    await Promise.all(runners.map((runner) => runner.caughtUp()));
    expect(await positions()).toEqual(upTo(505));
    expect(await rows()).not.toContain('old');
  });

  it('a handler that throws ends it there; the rows are as they were, and the projection goes on', async () => {
    await many(1_300);
    let broken = false;
    const runner = await following(
      seen(1, (_, position) => {
        if (broken && position === 1_200n) throw new Error('not this one');
      }),
    );
    await mark();
    broken = true;
    const failed = await ended(runner, await runner.rebuild('seen', 'user:1'));
    expect(failed).toMatchObject({
      state: 'failed',
      detail: 'position 1200 (managedos.library.v1.ItemAdded): not this one',
    });
    expect(new Set(await rows())).toEqual(new Set(['old']));
    await many(2);
    await runner.caughtUp();
    expect(await positions()).toEqual(upTo(1_302));
    expect(await statusOf(runner)).toMatchObject({ state: 'following', rebuild: failed });
    expect(logged).toEqual(['rebuilding a projection', 'a rebuild failed; the rows are as they were']);
    broken = false;
    await rebuilt(runner);
    expect(await rows()).not.toContain('old');
  });

  describe('for another version', () => {
    it('is tried until it succeeds, tells where it fails in every replica, and the old rows stand meanwhile', async () => {
      await many(20);
      await (await following(seen(1))).stop();
      let broken = true;
      const runner = start(
        seen(2, (_, position) => {
          if (broken && position === 12n) throw new Error('not this one');
        }),
      );
      const elsewhere = runnerOf(seen(2));
      const failing = await until(async () => {
        const status = await statusOf(elsewhere);
        return (status.failure?.times ?? 0) >= 2 && status.state === 'failing' && status;
      });
      expect(failing).toMatchObject({
        version: 1,
        position: 20n,
        failure: { position: 12n, eventType: 'managedos.library.v1.ItemAdded', message: 'not this one' },
        rebuild: { state: 'asked', askedBy: 'system', detail: expect.stringContaining('position 12') },
      });
      await expect(runner.caughtUp()).rejects.toMatchObject({ code: 'projection-failed', position: 12n });
      expect(new Set(await rows())).toEqual(new Set(['added v1']));
      expect(logged.filter((line) => line === 'a projection failed; trying again')).toHaveLength(1);
      broken = false;
      expect(await ended(runner)).not.toHaveProperty('detail');
      await many(2);
      await runner.caughtUp();
      expect(await statusOf(elsewhere)).toMatchObject({ version: 2, state: 'following' });
      expect(await statusOf(elsewhere)).not.toHaveProperty('failure');
      expect(await positions()).toEqual(upTo(22));
      expect(new Set(await rows())).toEqual(new Set(['added v2']));
    });

    it('takes the place of one that was asked for, and none of another version is left when the code goes back', async () => {
      await many(20);
      await (await following(seen(1))).stop();
      const idle = runnerOf(seen(1));
      const asked = await idle.rebuild('seen', 'user:1');
      const newer = start(
        seen(2, () => {
          throw new Error('a version that is taken back');
        }),
      );
      await until(async () => (await statusOf(newer)).failure);
      expect((await statusOf(newer)).rebuild).toMatchObject({
        id: asked?.id,
        state: expect.stringMatching(/asked|running/),
      });
      await newer.stop();
      const older = start(seen(1));
      await many(1);
      await older.caughtUp();
      expect(await statusOf(older)).toMatchObject({ version: 1, state: 'following', rebuild: { state: 'failed' } });
      await rebuilt(older);
      expect(await positions()).toEqual(upTo(21));
    });

    it('is done by whichever replica has it, while the old one still follows', async () => {
      await many(30);
      const old = await following(seen(1));
      const newer = start(seen(2), fixture.store());
      await many(2);
      await old.caughtUp();
      expect(await rows()).not.toContain('added v2');
      await old.stop();
      await newer.caughtUp();
      expect(await positions()).toEqual(upTo(32));
      expect(new Set(await rows())).toEqual(new Set(['added v2']));
    });
  });

  it('needs the right to create temporary tables, and says which grant is missing', async () => {
    await many(5);
    const runner = await following(seen());
    await mark();
    const { rows: names } = await fixture.owner.query('select current_database() as database');
    const { database } = names[0];
    await fixture.owner.query(`revoke temporary on database ${database} from public`);
    expect(await ended(runner, await runner.rebuild('seen', 'user:1'))).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining(`grant temporary on database ${database} to ${fixture.database.role}`),
    });
    expect(new Set(await rows())).toEqual(new Set(['old']));
    await fixture.owner.query(`grant temporary on database ${database} to ${fixture.database.role}`);
    await rebuilt(runner);
    expect(await rows()).not.toContain('old');
  });
});

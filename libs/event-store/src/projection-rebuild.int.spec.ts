import { describe, expect, it } from '@jest/globals';
import type { Rebuild } from './rebuilds.js';
import { append, message, once, renamed } from './testing/contract/given.js';
import { real, rebuildFixture, seen } from './testing/rebuild-fixture.js';

describe('rebuilding a projection', () => {
  const given = rebuildFixture();
  const { runnerOf, start, following, statusOf, until, ended, rebuilt, rows, positions, upTo, many, mark } = given;

  it('replaces the rows by those that the log makes, and goes on from there', async () => {
    await many(2_500);
    const runner = await following(seen());
    await mark();
    await given.fixture.owner.query(`insert into seen values (99999, 'stray'); delete from seen where position = 7`);
    await rebuilt(runner);
    expect(await positions()).toEqual(upTo(2_500));
    expect(new Set(await rows())).toEqual(new Set(['added v1']));
    await many(3);
    await runner.caughtUp();
    expect(await positions()).toEqual(upTo(2_503));
    expect(given.logged).toEqual(['rebuilding a projection', 'rebuilt a projection']);
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
    const following = await given.store.lease(`projection ${given.fixture.database.schema}.seen`);
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
      while (writing) await Promise.all([many(3), many(1), given.store.append(append({ events: [renamed('x')] }))]);
    })();
    const asked = await runner.rebuild('seen', 'user:1');
    const looks: { readonly all: number; readonly last: number; readonly old: number; readonly running: boolean }[] =
      [];
    for (let over = false; !over;) {
      const { rebuild } = await statusOf(runner);
      over = rebuild?.id === asked?.id && rebuild?.endedAt !== undefined;
      const { rows: found } = await given.fixture.owner.query(
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
    expect(await positions()).toEqual(upTo(Number(await given.store.lastPosition())));
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
      return given.store.append(append({ events: [], once: once(consumer, envelope.id, { envelope }) }));
    };
    await many(2);
    await take('library');
    await take('foreign');
    await given.store.append(append({ events: [renamed('x')] }));
    await take('library');
    const runner = await following(seen());
    const written = async (): Promise<readonly string[]> =>
      (await given.fixture.owner.query('select what from seen order by ctid')).rows.map(({ what }) => what);
    const order = ['added', 'added', 'announced', 'renamed', 'announced'].map((what) => `${what} v1`);
    expect(await written()).toEqual(order);
    await mark();
    await rebuilt(runner);
    expect(await written()).toEqual(order);
  });

  it('asked for in several replicas at once, one of them does it once', async () => {
    await many(500);
    const runners = [1, 2, 3].map(() => start(seen(), given.fixture.store()));
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
    expect(given.logged).toEqual(['rebuilding a projection', 'a rebuild failed; the rows are as they were']);
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
      expect(given.logged.filter((line) => line === 'a projection failed; trying again')).toHaveLength(1);
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
      const newer = start(seen(2), given.fixture.store());
      await many(2);
      await old.caughtUp();
      expect(await rows()).not.toContain('added v2');
      await old.stop();
      await newer.caughtUp();
      expect(await positions()).toEqual(upTo(32));
      expect(new Set(await rows())).toEqual(new Set(['added v2']));
    });
  });

  it('of a log whose beginning was archived is refused, and the rows stay', async () => {
    await many(5);
    const runner = await following(seen());
    await mark();
    await given.fixture.owner.query('select add_partition(); alter table events detach partition events_from_0');
    expect(await ended(runner, await runner.rebuild('seen', 'user:1'))).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('attach it again'),
    });
    expect(new Set(await rows())).toEqual(new Set(['old']));
  });

  it('needs the right to create temporary tables, and says which grant is missing', async () => {
    await many(5);
    const runner = await following(seen());
    await mark();
    const { rows: names } = await given.fixture.owner.query('select current_database() as database');
    const { database } = names[0];
    await given.fixture.owner.query(`revoke temporary on database ${database} from public`);
    expect(await ended(runner, await runner.rebuild('seen', 'user:1'))).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining(`grant temporary on database ${database} to ${given.fixture.database.role}`),
    });
    expect(new Set(await rows())).toEqual(new Set(['old']));
    await given.fixture.owner.query(`grant temporary on database ${database} to ${given.fixture.database.role}`);
    await rebuilt(runner);
    expect(await rows()).not.toContain('old');
  });
});

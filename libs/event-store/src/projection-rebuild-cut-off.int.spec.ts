import { describe, expect, it } from '@jest/globals';
import { real, rebuildFixture, seen } from './testing/rebuild-fixture.js';

describe('rebuilding a projection, cut off', () => {
  const given = rebuildFixture();
  const { start, following, statusOf, until, ended, rows, positions, upTo, many, mark, rebuilding, terminate } = given;

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
    const reader = await given.fixture.client();
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
    const other = start(seen(), given.fixture.store());
    expect(await ended(other)).toMatchObject({ state: 'done', askedBy: 'user:1' });
    expect(await rows()).not.toContain('old');
  });
});

import { describe, expect, it } from '@jest/globals';
import { GroupCommit } from './group-commit.js';

interface Item {
  readonly name: string;
  readonly key?: string;
  readonly weight?: number;
  readonly bad?: true;
}

class Blame extends Error {}

/** Batches wait in `open` until the test lets them go. */
const setUp = (limits: { largest?: number; heaviest?: number; inFlight?: number } = {}) => {
  const sent: string[] = [];
  const open: (() => void)[] = [];
  let held = false;
  let broken = false;
  const group = new GroupCommit<Item, string>({
    commit: async (batch) => {
      sent.push(batch.map((item) => item.name).join(''));
      if (held) await new Promise<void>((resolve) => open.push(resolve));
      if (broken) throw new Error('the world is down');
      if (batch.some((item) => item.bad)) throw new Blame();
      return batch.map((item) => item.name.toUpperCase());
    },
    keysOf: ({ name, key }) => [key ?? name],
    weightOf: ({ weight }) => weight ?? 1,
    blames: (error) => error instanceof Blame,
    ...{ largest: 4, heaviest: 100, inFlight: 2 },
    ...limits,
  });
  const submit = (...items: (string | Item)[]) =>
    items.map((item) => group.submit(typeof item === 'string' ? { name: item } : item));
  return {
    group,
    sent,
    submit,
    hold: () => void (held = true),
    breakDown: () => void (broken = true),
    letGo: async () => {
      held = false;
      for (const resolve of open.splice(0)) resolve();
      await group.close();
    },
  };
};

describe('group commit', () => {
  it('what is submitted together goes out together, in batches of the largest size', async () => {
    const { submit, sent } = setUp();
    expect(await Promise.all(submit(...'abcdef'))).toEqual([...'ABCDEF']);
    expect(sent).toEqual(['abcd', 'ef']);
  });

  it('what arrives while batches are in flight goes out as the next batch', async () => {
    const { submit, sent, hold, letGo } = setUp();
    hold();
    for (const name of 'abcde') {
      void submit(name);
      await Promise.resolve();
    }
    expect(sent).toEqual(['a', 'b']);
    await letGo();
    expect(sent).toEqual(['a', 'b', 'cde']);
  });

  it('items with one key never meet, in a batch or in flight, and keep their order', async () => {
    const { submit, sent, hold, letGo } = setUp();
    hold();
    void submit({ name: 'a', key: 'k' }, { name: 'b', key: 'k' }, 'c', { name: 'd', key: 'k' });
    await Promise.resolve();
    expect(sent).toEqual(['ac']);
    await letGo();
    expect(sent).toEqual(['ac', 'b', 'd']);
  });

  it('a batch weighs no more than the heaviest, except for one item alone', async () => {
    const { submit, sent } = setUp({ heaviest: 10, inFlight: 1 });
    await Promise.all(
      submit({ name: 'a', weight: 6 }, { name: 'b', weight: 6 }, { name: 'c', weight: 4 }, { name: 'd', weight: 50 }),
    );
    expect(sent).toEqual(['ac', 'b', 'd']);
  });

  it('a batch that fails for one item is halved until it stands alone', async () => {
    const { submit, sent } = setUp({ largest: 8 });
    const settled = await Promise.allSettled(submit('a', 'b', 'c', { name: 'd', bad: true }, 'e', 'f', 'g', 'h'));
    expect(settled.map((s) => (s.status === 'fulfilled' ? s.value : '-')).join('')).toBe('ABC-EFGH');
    expect(sent).toEqual(['abcdefgh', 'abcd', 'ab', 'cd', 'c', 'd', 'efgh']);
  });

  it('a batch that fails for no item fails as a whole, once', async () => {
    const { submit, sent, breakDown } = setUp();
    breakDown();
    const settled = await Promise.allSettled(submit(...'abc'));
    expect(settled.map((s) => s.status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(sent).toEqual(['abc']);
  });

  it('a failed key is free again', async () => {
    const { submit } = setUp();
    await Promise.allSettled(submit({ name: 'a', key: 'k', bad: true }));
    expect(await Promise.all(submit({ name: 'b', key: 'k' }))).toEqual(['B']);
  });

  it('closing answers what was submitted and takes nothing more', async () => {
    const { submit, group } = setUp();
    const before = Promise.all(submit(...'abcdefghijkl'));
    await group.close();
    expect(await before).toHaveLength(12);
    await expect(group.submit({ name: 'late' })).rejects.toMatchObject({ code: 'store-closed' });
    await group.close();
  });

  it('a long queue for one key ends', async () => {
    const { submit } = setUp();
    const all = await Promise.all(
      submit(...Array.from({ length: 3_000 }, (_, n) => ({ name: String(n), key: n % 50 ? 'hot' : String(n) }))),
    );
    expect(all).toEqual(Array.from({ length: 3_000 }, (_, n) => String(n)));
  });
});

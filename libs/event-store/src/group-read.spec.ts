import { describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { GroupRead } from './group-read.js';

/** A reader whose statements answer when they are told to. */
const reader = ({ inFlight = 1, largest = 10 } = {}) => {
  const statements: { readonly keys: readonly string[]; end(answer?: readonly string[] | Error): void }[] = [];
  const group = new GroupRead<string, string>({
    read: (keys) =>
      new Promise((resolve, reject) => {
        const end = (answer: readonly string[] | Error = keys.map((key) => `${key}!`)): void =>
          answer instanceof Error ? reject(answer) : resolve(answer);
        statements.push({ keys, end });
      }),
    inFlight,
    largest,
  });
  return { group, statements, asked: () => statements.map(({ keys }) => keys) };
};

describe('reads in groups', () => {
  it('reads what is asked for in one turn together, and what comes meanwhile as the next statement', async () => {
    const { group, statements, asked } = reader();
    const first = ['a', 'b', 'a'].map((key) => group.get(key));
    await nextTurn();
    const second = ['c', 'd'].map((key) => group.get(key));
    await nextTurn();
    expect(asked()).toEqual([['a', 'b', 'a']]);
    statements[0]?.end();
    expect(await Promise.all(first)).toEqual(['a!', 'b!', 'a!']);
    await nextTurn();
    expect(asked()).toEqual([
      ['a', 'b', 'a'],
      ['c', 'd'],
    ]);
    statements[1]?.end();
    expect(await Promise.all(second)).toEqual(['c!', 'd!']);
  });

  it('reads the same key again for whoever asks later', async () => {
    const { group, statements, asked } = reader();
    const first = group.get('a');
    await nextTurn();
    const later = group.get('a');
    statements[0]?.end(['before']);
    expect(await first).toBe('before');
    await nextTurn();
    statements[1]?.end(['after']);
    expect(await later).toBe('after');
    expect(asked()).toEqual([['a'], ['a']]);
  });

  it('keeps to its statements at once, and to their size', async () => {
    const { group, statements, asked } = reader({ inFlight: 2, largest: 2 });
    const all = ['a', 'b', 'c', 'd', 'e'].map((key) => group.get(key));
    await nextTurn();
    expect(asked()).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    statements[0]?.end();
    await all[0];
    await nextTurn();
    expect(asked()).toHaveLength(3);
    statements[1]?.end();
    statements[2]?.end();
    expect(await Promise.all(all)).toEqual(['a!', 'b!', 'c!', 'd!', 'e!']);
  });

  it('fails for all that a failing statement reads, and for nobody else', async () => {
    const { group, statements } = reader({ largest: 2 });
    const outcomes = Promise.allSettled(['a', 'b', 'c'].map((key) => group.get(key)));
    await nextTurn();
    statements[0]?.end(new Error('the database is gone'));
    await nextTurn();
    await nextTurn();
    statements[1]?.end();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  });

  it('lets nobody wait for ever when a statement answers for fewer keys', async () => {
    const { group, statements } = reader();
    const outcomes = Promise.allSettled(['a', 'b'].map((key) => group.get(key)));
    await nextTurn();
    statements[0]?.end(['a!']);
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});

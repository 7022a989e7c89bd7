import { beforeEach, describe, expect, it } from '@jest/globals';
import { library, type LibraryEvent } from '@managed-os/contracts';
import { LogCursor } from './log-cursor.js';
import { added, append, once } from './testing/contract/given.js';
import { MemoryEventStore } from './testing/memory-event-store.js';

const PROJECTION = { name: 'seen' };

describe('a cursor of the log', () => {
  let store: MemoryEventStore<LibraryEvent>;
  beforeEach(() => {
    store = new MemoryEventStore({ context: library });
  });
  const many = (n: number): Promise<unknown> =>
    store.append(append({ events: Array.from({ length: n }, () => added()) }));
  const positions = async (cursor: LogCursor): Promise<readonly number[]> => {
    const page = await cursor.next();
    return page?.entries.map(({ position }) => Number(position)) ?? [];
  };
  const range = (from: number, to: number): readonly number[] =>
    Array.from({ length: to - from + 1 }, (_, index) => from + index);

  it('ends where the log ends, and goes on when it does', async () => {
    const cursor = new LogCursor(store, 0n, PROJECTION);
    expect(await cursor.next()).toBeUndefined();
    await many(3);
    expect(await positions(cursor)).toEqual([1, 2, 3]);
    expect(await cursor.next()).toBeUndefined();
    await many(2);
    expect(await positions(cursor)).toEqual([4, 5]);
  });

  it('reads page by page, each entry once', async () => {
    await many(2_345);
    const cursor = new LogCursor(store, 5n, PROJECTION);
    expect([...(await positions(cursor)), ...(await positions(cursor)), ...(await positions(cursor))]).toEqual(
      range(6, 2_345),
    );
    expect(await cursor.next()).toBeUndefined();
  });

  it('misses nothing that is appended after a page that filled up exactly at the end of the log', async () => {
    await many(1_000);
    const cursor = new LogCursor(store, 0n, PROJECTION);
    expect(await positions(cursor)).toEqual(range(1, 1_000));
    await many(5);
    expect(await positions(cursor)).toEqual(range(1_001, 1_005));
  });

  it('is past what concerns others', async () => {
    await many(1);
    await store.append(append({ events: [], once: once('other') }));
    const cursor = new LogCursor(store, 0n, { ...PROJECTION, inbox: { consumer: 'library', handlers: {} } });
    expect(await cursor.next()).toMatchObject({ position: 2n, head: 2n, entries: [{ position: 1n }] });
    expect(await cursor.next()).toBeUndefined();
  });

  it('waits until there is more', async () => {
    const cursor = new LogCursor(store, 0n, PROJECTION);
    const waiting = cursor.more(new AbortController().signal);
    await many(1);
    await waiting;
    expect(await positions(cursor)).toEqual([1]);
    await expect(cursor.more(AbortSignal.abort())).resolves.toBeUndefined();
  });
});

import { expect, it } from '@jest/globals';
import { append, at, newStream, once, type OpenedStore, readAll, T0 } from './given.js';
import { expectWritten, trail } from './trail.js';

export const order = (opened: () => OpenedStore): void => {
  it('a reader that trails 32 writers at two places (processes, where there are any) sees every position once, in commit order', async () => {
    const { other, write } = opened();
    const streams = Array.from({ length: 12 }, newStream);
    const writings = ['here', 'there'].map((place) => ({
      writers: Array.from({ length: 16 }, (_, writer) => `${place} ${writer}`),
      each: 20,
      streams,
    }));
    const reader = trail(other);
    await write(writings);
    expectWritten(await reader.end(), ...writings);
  });

  it('pages end where the limit says and go on after a position', async () => {
    const { store } = opened();
    for (let n = 0; n < 10; n++) await store.append(append({ once: once() }));
    expect((await store.readLog(0n, 4)).map((e) => e.position)).toEqual([2n, 4n, 6n, 8n]);
    expect((await store.readLog(8n, 4)).map((e) => e.position)).toEqual([10n, 12n, 14n, 16n]);
    expect((await store.readLog(16n, 4)).map((e) => e.position)).toEqual([18n, 20n]);
    expect(await store.readLog(20n, 4)).toEqual([]);
    expect(await store.lastPosition()).toBe(20n);
  });

  it('time never runs backwards, and is as asked where it can be', async () => {
    const { store, other } = opened();
    const ask = async (minutes: number, by = store): Promise<void> =>
      void (await by.append(append({ time: at(minutes) })));
    await ask(0);
    await ask(10);
    await ask(5, other);
    await ask(12, other);
    expect((await readAll(store)).map((e) => e.envelope.time)).toEqual([T0, at(10), at(10), at(12)]);
  });

  it('time never runs backwards within a batch either, nor after a message alone', async () => {
    const { store, other } = opened();
    await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        (n % 2 ? store : other).append(append({ time: at((n * 17) % 40), once: once() })),
      ),
    );
    await store.append(append({ time: at(100), events: [], once: once() }));
    await store.append(append({ time: at(1) }));
    const times = (await readAll(store)).map((e) => e.envelope.time);
    expect(times).toEqual(times.toSorted());
    expect(times.at(-1)).toBe(at(100));
  });

  it('a conflict does not move the time', async () => {
    const { store } = opened();
    await store.append(append({ time: at(50), expected: 9n }));
    await store.append(append({ time: at(1) }));
    expect((await readAll(store)).map((e) => e.envelope.time)).toEqual([at(1)]);
  });

  it('whoever waits for a change is woken by an append, of another store on the same log too', async () => {
    const { store, other } = opened();
    for (let n = 1n; n <= 3n; n++) {
      const changed = store.changed();
      expect(await store.lastPosition()).toBe(n - 1n);
      await other.append(append());
      await changed;
    }
  });

  it('whoever stops waiting for a change is let go', async () => {
    const { store } = opened();
    const stop = new AbortController();
    const waiting = [store.changed(stop.signal), store.changed(stop.signal)];
    stop.abort();
    await Promise.all([...waiting, store.changed(stop.signal)]);
  });
};

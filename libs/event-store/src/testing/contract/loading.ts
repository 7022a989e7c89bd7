import { expect, it } from '@jest/globals';
import { added, append, names, newStream, type OpenedStore, renamed } from './given.js';

export const loading = (opened: () => OpenedStore): void => {
  it('a stream that does not exist has the initial state and revision 0', async () => {
    const { store } = opened();
    expect(await store.load(newStream(), names)).toEqual({ state: [], revision: 0n });
    expect(await store.readStream(newStream())).toEqual([]);
  });

  it('a load folds the whole stream while its books were never closed', async () => {
    const { store } = opened();
    const stream = newStream();
    await store.append(append({ stream, events: [added('a'), added('b')] }));
    await store.append(append({ stream, events: [added('c')] }));
    expect(await store.load(stream, names)).toEqual({ state: ['a', 'b', 'c'], revision: 3n });
  });

  it('a load starts at the last event that closed the books, that one included', async () => {
    const { store, other } = opened();
    const stream = newStream();
    const load = () => other.load(stream, names);
    await store.append(append({ stream, events: [added('a'), renamed('b')] }));
    expect(await load()).toEqual({ state: ['b'], revision: 2n });
    await store.append(append({ stream, events: [added('c')] }));
    expect(await load()).toEqual({ state: ['b', 'c'], revision: 3n });
    await store.append(append({ stream, events: [added('d'), renamed('e'), renamed('f'), added('g')] }));
    expect(await load()).toEqual({ state: ['f', 'g'], revision: 7n });
    await store.append(append({ stream, events: [added('h')], expected: 7n }));
    expect(await load()).toEqual({ state: ['f', 'g', 'h'], revision: 8n });
  });

  it('loads at once, of one stream or of many, each get their own stream', async () => {
    const { store } = opened();
    const streams = Array.from({ length: 300 }, newStream);
    await Promise.all(
      streams.map((stream, i) =>
        store.append(append({ stream, events: [added(`${i}`), renamed(`r${i}`), added('z')] })),
      ),
    );
    const asked = [...streams, ...streams.slice(0, 50), newStream()];
    const loaded = await Promise.all(asked.map((stream) => store.load(stream, names)));
    expect(loaded).toEqual(
      asked.map((stream) => {
        const i = streams.indexOf(stream);
        return i < 0 ? { state: [], revision: 0n } : { state: [`r${i}`, 'z'], revision: 3n };
      }),
    );
  });

  it('reading a stream gives all of it, or from a revision on', async () => {
    const { store } = opened();
    const stream = newStream();
    await store.append(append({ stream, events: [added('a'), renamed('b'), added('c')] }));
    expect((await store.readStream(stream)).map((e) => e.revision)).toEqual([1n, 2n, 3n]);
    expect((await store.readStream(stream, 2n)).map((e) => e.revision)).toEqual([2n, 3n]);
    expect(await store.readStream(stream, 4n)).toEqual([]);
  });

  it('streams with similar names are different streams', async () => {
    const { store } = opened();
    for (const stream of ['library_item-a', 'library_item-A', 'library_item-a_', 'library_ite-a']) {
      await store.append(append({ stream, expected: 'no-stream' }));
      expect(await store.readStream(stream)).toHaveLength(1);
    }
  });
};

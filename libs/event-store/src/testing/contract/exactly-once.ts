import { expect, it } from '@jest/globals';
import { added, append, kinds, message, newId, newStream, once, type OpenedStore, readAll } from './given.js';

export const exactlyOnce = (opened: () => OpenedStore): void => {
  it('the same message twice: the second is a duplicate and writes nothing', async () => {
    const { store } = opened();
    const answered = once();
    expect((await store.append(append({ once: answered }))).kind).toBe('done');
    const before = await store.lastPosition();
    expect(await store.append(append({ once: answered }))).toEqual({ kind: 'duplicate' });
    expect(await store.append(append({ once: answered, expected: 7n }))).toEqual({ kind: 'duplicate' });
    expect(await store.append(append({ once: answered, events: [] }))).toEqual({ kind: 'duplicate' });
    expect(await store.lastPosition()).toBe(before);
  });

  it('the very same append repeated is a duplicate, ids and all', async () => {
    const { store } = opened();
    const request = append({ expected: 'no-stream', once: once() });
    expect((await store.append(request)).kind).toBe('done');
    expect((await store.append(request)).kind).toBe('duplicate');
    expect(await store.readStream(request.stream)).toHaveLength(1);
  });

  it('the same message at once, in one batch and from two stores on one log: one is done, the others are duplicates', async () => {
    const { store, other } = opened();
    for (let round = 0; round < 5; round++) {
      const answered = once();
      const all = await Promise.all(
        Array.from({ length: 16 }, (_, n) => (n % 2 ? store : other).append(append({ once: answered }))),
      );
      expect(kinds(all)).toEqual(['done', ...Array<string>(15).fill('duplicate')]);
    }
    expect(await readAll(store)).toHaveLength(5);
  });

  it('two consumers each handle a message once', async () => {
    const { store } = opened();
    const id = newId();
    expect((await store.append(append({ once: once('planner', id) }))).kind).toBe('done');
    expect((await store.append(append({ once: once('timers', id) }))).kind).toBe('done');
    expect((await store.append(append({ once: once('planner', id) }))).kind).toBe('duplicate');
  });

  it('a conflict does not use the message up', async () => {
    const { store } = opened();
    const answered = once();
    const stream = newStream();
    expect((await store.append(append({ stream, expected: 3n, once: answered }))).kind).toBe('conflict');
    expect((await store.append(append({ stream, expected: 'no-stream', once: answered }))).kind).toBe('done');
  });

  it('a refusal does not use the message up', async () => {
    const { store } = opened();
    const first = append();
    await store.append(first);
    const answered = once();
    await expect(store.append(append({ once: answered, ids: [first.cause.idOf(0)] }))).rejects.toMatchObject({
      code: 'refused-append',
    });
    expect((await store.append(append({ once: answered }))).kind).toBe('done');
  });

  it('an empty append records its message, whatever its stream', async () => {
    const { store } = opened();
    const answered = once('library', 'not a uuid, as an Idempotency-Key may be');
    const empty = append({ stream: 'no stream at all', expected: 99n, events: [], once: answered });
    expect(await store.append(empty)).toEqual({ kind: 'done', revision: 0n });
    expect(await store.append(empty)).toEqual({ kind: 'duplicate' });
    expect(await store.lastPosition()).toBe(1n);
    expect(await readAll(store)).toEqual([]);
  });

  it('a batch of empty and full appends keeps each message', async () => {
    const { store } = opened();
    const all = await Promise.all(
      Array.from({ length: 30 }, (_, n) => store.append(append({ once: once(), events: n % 3 ? [] : [added()] }))),
    );
    expect(kinds(all)).toEqual(Array<string>(30).fill('done'));
    expect(await store.lastPosition()).toBe(40n);
  });

  it('the inboxes that are named are read in one order with own events, a message before what it caused', async () => {
    const { store } = opened();
    const [first, second, foreign] = [message('12.5'), message('12.6'), message('13.0')];
    await store.append(
      append({ once: once('library', first.id, { envelope: first, sequence: 5n, settingsRevision: '1' }) }),
    );
    await store.append(append({ events: [], once: once('library', second.id, { envelope: second }) }));
    await store.append(append({ events: [], once: once('other', foreign.id, { envelope: foreign }) }));
    await store.append(append({ events: [], once: once('library') })); // without an envelope
    await store.append(append());

    const shape = (await readAll(store, ['library'], 2)).map(({ position, inbox, envelope }) => [
      Number(position),
      inbox ?? 'own',
      envelope.id,
    ]);
    expect(shape).toEqual([
      [1, 'library', first.id],
      [2, 'own', expect.any(String)],
      [3, 'library', second.id],
      [6, 'own', expect.any(String)],
    ]);
    expect((await readAll(store, ['library', 'other'])).map((e) => Number(e.position))).toEqual([1, 2, 3, 4, 6]);
    expect((await readAll(store)).map((e) => Number(e.position))).toEqual([2, 6]);
  });

  it('an inbox gives a message back as it came', async () => {
    const { store } = opened();
    const envelope = message();
    await store.append(append({ events: [], once: once('library', envelope.id, { envelope }) }));
    const [entry] = await store.readLog(0n, 10, ['library']);
    const { data, ...attributes } = envelope;
    expect(entry).toMatchObject({ position: 1n, inbox: 'library', envelope: attributes });
    expect(entry?.envelope.data).toMatchObject(data);
  });
};

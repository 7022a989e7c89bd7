import { expect, it } from '@jest/globals';
import type { LibraryEvent } from '@managed-os/contracts';
import type { Append } from '../../event-store.js';
import { added, append, kinds, names, newId, newStream, once, type OpenedStore, renamed } from './given.js';

export const outcomes = (opened: () => OpenedStore): void => {
  it('an append answers the new revision and is read as it was written', async () => {
    const { store } = opened();
    const itemId = newId();
    const request = append({
      events: [{ type: 'ItemAdded', itemId, os: '12', name: 'Zo\u00eb\u2019s "12"\\\n\u2028\u{1f34e}' }],
    });
    expect(await store.append(request)).toEqual({ kind: 'done', revision: 1n });
    const [envelope, ...rest] = await store.readStream(request.stream);
    expect(rest).toEqual([]);
    expect(envelope).toEqual({
      id: request.cause.idOf(0),
      source: `mos://library/${await store.epoch()}`,
      type: 'managedos.library.v1.ItemAdded',
      subject: request.stream,
      time: request.cause.time,
      recordedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      revision: 1n,
      position: 1n,
      correlationId: request.cause.correlationId,
      actor: 'user:1',
      data: request.events[0],
    });
  });

  it('causation and trace are kept', async () => {
    const { store } = opened();
    const request = append();
    const cause = {
      ...request.cause,
      causationId: newId(),
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    };
    await store.append({ ...request, cause });
    const [envelope] = await store.readStream(request.stream);
    expect(envelope).toMatchObject({ causationId: cause.causationId, traceparent: cause.traceparent });
  });

  it('several events in one append follow each other in the stream and in the log', async () => {
    const { store } = opened();
    await store.append(append());
    const request = append({ events: [added('a'), renamed('b'), renamed('c'), renamed('d')] });
    expect(await store.append(request)).toEqual({ kind: 'done', revision: 4n });
    const read = await store.readStream(request.stream);
    expect(read.map((e) => e.data)).toEqual(request.events);
    expect(read.map((e) => e.revision)).toEqual([1n, 2n, 3n, 4n]);
    expect(read.map((e) => e.position)).toEqual([2n, 3n, 4n, 5n]);
    expect(
      await store.append(append({ stream: request.stream, expected: 4n, events: [renamed('e'), renamed('f')] })),
    ).toEqual({ kind: 'done', revision: 6n });
  });

  it('an append of a thousand events is one append', async () => {
    const { store } = opened();
    const request = append({
      expected: 'no-stream',
      events: Array.from({ length: 1_000 }, (_, n) => renamed(`n${n}`)),
    });
    expect(await store.append(request)).toEqual({ kind: 'done', revision: 1_000n });
    expect((await store.load(request.stream, names)).revision).toBe(1_000n);
    expect((await store.readStream(request.stream)).map((e) => e.data)).toEqual(request.events);
  });

  it('no-stream holds for a new stream alone', async () => {
    const { store } = opened();
    const stream = newStream();
    expect((await store.append(append({ stream, expected: 'no-stream' }))).kind).toBe('done');
    expect(await store.append(append({ stream, expected: 'no-stream' }))).toEqual({ kind: 'conflict' });
    expect(await store.append(append({ stream, expected: 0n }))).toEqual({ kind: 'conflict' });
    expect((await store.append(append({ expected: 0n }))).kind).toBe('done');
  });

  it('an expected revision holds for exactly that revision', async () => {
    const { store } = opened();
    const stream = newStream();
    expect(await store.append(append({ stream, expected: 1n }))).toEqual({ kind: 'conflict' });
    await store.append(append({ stream }));
    expect(await store.append(append({ stream, expected: 2n }))).toEqual({ kind: 'conflict' });
    expect(await store.append(append({ stream, expected: 1n }))).toEqual({ kind: 'done', revision: 2n });
    expect(await store.append(append({ stream, expected: 1n }))).toEqual({ kind: 'conflict' });
    expect(await store.readStream(stream)).toHaveLength(2);
  });

  it('any holds always', async () => {
    const { store } = opened();
    const stream = newStream();
    expect(await store.append(append({ stream, expected: 'any' }))).toEqual({ kind: 'done', revision: 1n });
    expect(await store.append(append({ stream, expected: 'any' }))).toEqual({ kind: 'done', revision: 2n });
  });

  it('two racers in one batch: one is done, one meets a conflict', async () => {
    const { store } = opened();
    const stream = newStream();
    const race = await Promise.all(
      ['a', 'b'].map((name) => store.append(append({ stream, expected: 'no-stream', events: [added(name)] }))),
    );
    expect(kinds(race)).toEqual(['conflict', 'done']);
    expect(await store.readStream(stream)).toHaveLength(1);
  });

  it('appends that lose a race, were handled before or are a message alone leave those of their batch as they are', async () => {
    const { store } = opened();
    const [taken, handled] = [newStream(), once()];
    await store.append(append({ stream: taken, once: handled }));
    const losers = (): Append<LibraryEvent>[] => [
      append({ stream: taken, expected: 9n, events: [added(), added()] }),
      append({ once: handled, events: [added(), added(), added()] }),
      append({ once: once(), events: [] }),
      append({ expected: 3n }),
    ];
    const winners = (): Append<LibraryEvent>[] => [
      append({ once: once(), events: [added('a'), renamed('b')] }),
      append({ expected: 'no-stream', events: [added('c')] }),
    ];
    const pairs = losers().flatMap((_, l) => winners().map((_, w) => [losers()[l], winners()[w]]));
    const batches = [...pairs, [...losers(), ...winners()], [...losers(), ...winners()].toReversed()];
    for (const batch of batches) {
      const requests = batch.flatMap((request) => (request ? [request] : []));
      const outcomes = await Promise.all(requests.map((request) => store.append(request)));
      for (const [n, { stream, events, cause }] of requests.entries()) {
        if (stream === taken) continue;
        const written = await store.readStream(stream);
        const expected = outcomes[n]?.kind === 'done' ? events : [];
        expect(written.map(({ data }) => data)).toEqual(expected);
        expect(written.map(({ id }) => id)).toEqual(expected.map((_, i) => cause.idOf(i)));
        expect(written.map(({ revision }) => Number(revision))).toEqual(expected.map((_, i) => i + 1));
      }
      expect(kinds(outcomes).filter((kind) => kind === 'done').length).toBeGreaterThanOrEqual(1);
    }
    expect(await store.readStream(taken)).toHaveLength(1);
  });

  it('of many racers from two stores on one log one is done per revision', async () => {
    const { store, other } = opened();
    const stream = newStream();
    for (let revision = 0n; revision < 5n; revision++) {
      const racers = Array.from({ length: 16 }, (_, n) =>
        (n % 2 ? store : other).append(append({ stream, expected: revision })),
      );
      expect(kinds(await Promise.all(racers))).toEqual([...Array<string>(15).fill('conflict'), 'done']);
    }
    expect((await store.readStream(stream)).map((e) => e.revision)).toEqual([1n, 2n, 3n, 4n, 5n]);
  });

  it('appends to one stream at once are all done when any revision will do', async () => {
    const { store, other } = opened();
    const stream = newStream();
    const all = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        (n % 2 ? store : other).append(append({ stream, events: [added(), renamed('x')] })),
      ),
    );
    expect(all.map((o) => (o.kind === 'done' ? Number(o.revision) : -1)).toSorted((a, b) => a - b)).toEqual(
      all.map((_, n) => 2 * n + 2),
    );
    expect((await store.readStream(stream)).map((e) => Number(e.revision))).toEqual(
      Array.from({ length: 80 }, (_, n) => n + 1),
    );
  });

  it('appends of one process to one stream keep their order', async () => {
    const { store } = opened();
    const stream = newStream();
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => store.append(append({ stream, events: [renamed(name)] }))));
    const read = (await store.readStream(stream)).map((e) => (e.data.type === 'ItemRenamed' ? e.data.name : ''));
    expect(read).toEqual(['a', 'b', 'c', 'd']);
  });

  it('an empty append without a message changes nothing', async () => {
    const { store } = opened();
    expect(await store.append(append({ stream: '', events: [] }))).toEqual({ kind: 'done', revision: 0n });
    expect(await store.lastPosition()).toBe(0n);
  });

  it('what is written by one store is read by another on the same log at once', async () => {
    const { store, other } = opened();
    const stream = newStream();
    for (let n = 1; n <= 10; n++) {
      await store.append(append({ stream, once: once() }));
      expect((await other.load(stream, names)).revision).toBe(BigInt(n));
      expect(await other.lastPosition()).toBe(BigInt(2 * n));
    }
  });
};

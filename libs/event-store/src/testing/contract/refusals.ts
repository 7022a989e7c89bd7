import { InvalidEvent, type LibraryEvent } from '@managed-os/contracts';
import { expect, it } from '@jest/globals';
import type { Refusal } from '../../errors.js';
import type { Append } from '../../event-store.js';
import { added, append, kinds, newId, newStream, once, type OpenedStore, renamed } from './given.js';

const refused = (reason: Refusal) => expect.objectContaining({ code: 'refused-append', reason });

export const refusals = (opened: () => OpenedStore): void => {
  it.each([
    'no category-x',
    'library_item-',
    'library_item',
    'Library-x',
    '-x',
    'library_item-a.b',
    'library_item-a b',
    'library_item-a*',
    'library_item->',
    'library_item-\u00e9',
    'library_item-x\n',
    `library_item-${'x'.repeat(65)}`,
    '',
  ])('a stream called %j is refused', async (stream) => {
    await expect(opened().store.append(append({ stream }))).rejects.toEqual(refused('stream-malformed'));
    expect(await opened().store.lastPosition()).toBe(0n);
  });

  it('tokens of 64 letters, digits, _ and - are taken', async () => {
    const stream = `device_update-${'aZ09_-'.repeat(11).slice(0, 64)}`;
    expect((await opened().store.append(append({ stream }))).kind).toBe('done');
  });

  it('an event of 256 kB is taken, one byte more is refused', async () => {
    const { store } = opened();
    const empty = JSON.stringify({ itemId: newId(), name: '' }).length;
    const largest = renamed('x'.repeat(256 * 1024 - empty));
    expect((await store.append(append({ events: [largest] }))).kind).toBe('done');
    const tooLarge = renamed('x'.repeat(256 * 1024 - empty + 1));
    await expect(store.append(append({ events: [added(), tooLarge] }))).rejects.toEqual(refused('event-too-large'));
    expect(await store.lastPosition()).toBe(1n);
  });

  it('the size of an event counts in bytes', async () => {
    await expect(opened().store.append(append({ events: [renamed('\u20ac'.repeat(90_000))] }))).rejects.toEqual(
      refused('event-too-large'),
    );
  });

  it('who did it and why take at most 16 kB', async () => {
    const request = append();
    const cause = { ...request.cause, actor: 'x'.repeat(16 * 1024) };
    await expect(opened().store.append({ ...request, cause })).rejects.toEqual(refused('metadata-too-large'));
  });

  it('an id is taken once in the whole store', async () => {
    const { store, other } = opened();
    const first = append();
    await store.append(first);
    await expect(other.append(append({ ids: [first.cause.idOf(0)] }))).rejects.toEqual(refused('id-taken'));
    await expect(
      store.append(append({ ids: [newId(), first.cause.idOf(0)], events: [added(), added()] })),
    ).rejects.toEqual(refused('id-taken'));
    const twice = newId();
    await expect(store.append(append({ ids: [twice, twice], events: [added(), added()] }))).rejects.toEqual(
      refused('id-taken'),
    );
    expect(await store.lastPosition()).toBe(1n);
  });

  it.each<[string, Refusal, Partial<Append<LibraryEvent>> & { ids?: readonly string[] }]>([
    ['an id that is no UUID', 'id-malformed', { ids: ['1'] }],
    ['a consumer without a name', 'consumer-malformed', { once: once('') }],
    ['a consumer with a blank', 'consumer-malformed', { once: once('a b') }],
    ['a message without an id', 'message-id-malformed', { once: once('library', '') }],
    ['a message id of 201 characters', 'message-id-malformed', { once: once('library', 'x'.repeat(201)) }],
    ['a message id with a NUL', 'message-id-malformed', { once: once('library', 'a\0b') }],
  ])('%s is refused', async (_, reason, broken) => {
    await expect(opened().store.append(append(broken))).rejects.toEqual(refused(reason));
    expect(await opened().store.lastPosition()).toBe(0n);
  });

  it('an event that breaks its own contract is invalid, and none of its append is written', async () => {
    const { store } = opened();
    const invalid: LibraryEvent = { type: 'ItemAdded', itemId: 'not a uuid', os: '12', name: 'x' };
    await expect(store.append(append({ events: [added(), invalid] }))).rejects.toBeInstanceOf(InvalidEvent);
    expect(await store.lastPosition()).toBe(0n);
  });

  it('malformed neighbours do not touch the others of their batch', async () => {
    const { store } = opened();
    const first = append();
    await store.append(first);
    const good = Array.from({ length: 50 }, () => append({ expected: 'no-stream', once: once() }));
    const bad = [
      append({ ids: [first.cause.idOf(0)] }),
      append({ stream: 'bad' }),
      append({ ids: [first.cause.idOf(0)], once: once() }),
      append({ events: [renamed('')] }),
    ];
    const mixed = good.flatMap((request, n) => (n % 13 === 5 ? [request, ...bad.splice(0, 1)] : [request]));
    const settled = await Promise.allSettled(mixed.map((request) => store.append(request)));
    const fulfilled = settled.flatMap((s) => (s.status === 'fulfilled' ? [s.value] : []));
    expect(kinds(fulfilled)).toEqual(Array<string>(50).fill('done'));
    expect(settled.filter((s) => s.status === 'rejected')).toHaveLength(4);
    expect(await store.lastPosition()).toBe(101n);
    for (const request of good) expect(await store.readStream(request.stream)).toHaveLength(1);
  });

  it('two events with one id in one batch: one of them is refused', async () => {
    const { store } = opened();
    const id = newId();
    const stream = newStream();
    const settled = await Promise.allSettled(
      [append({ ids: [id] }), append({ ids: [id] }), append({ stream })].map((request) => store.append(request)),
    );
    expect(settled.map((s) => s.status).toSorted()).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(await store.readStream(stream)).toHaveLength(1);
  });
};

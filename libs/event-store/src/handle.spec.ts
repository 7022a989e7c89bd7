import { library, type LibraryEvent } from '@managed-os/contracts';
import { envelopeOf } from '@managed-os/contracts/testing';
import { accept, type Decider, instant, reject } from '@managed-os/kernel';
import { SequentialIds } from '@managed-os/kernel/testing';
import type { Once } from './event-store.js';
import { ConflictPersists, type HandleContext, handler } from './handle.js';
import { MemoryEventStore } from './testing/index.js';

const itemId = '018f0000-0000-7000-8000-000000000001';

/** A name that can be set, but not to nothing. */
const naming: Decider<string, LibraryEvent, string, 'no-name'> = {
  initial: '',
  decide: (name, state) =>
    name === '' ? reject('no-name') : name === state ? accept() : accept({ type: 'ItemRenamed', itemId, name }),
  evolve: (state, event) => (event.type === 'ItemRenamed' ? event.name : state),
};

const setUp = () => {
  const store = new MemoryEventStore<LibraryEvent>({ context: library });
  const ids = new SequentialIds();
  const handle = handler(store, 'library_item', naming);
  const context = (more: Partial<HandleContext> = {}): HandleContext => ({
    cause: { correlationId: ids.next(), actor: 'user:test', time: instant(0), idOf: () => ids.next() },
    ...more,
  });
  const key: Once = { consumer: 'http', messageId: ids.next() };
  const names = async () =>
    (await store.readStream(`library_item-${itemId}`)).map(({ data }) => 'name' in data && data.name);
  return { handle: (name: string, more?: Partial<HandleContext>) => handle(itemId, name, context(more)), key, names };
};

describe('handling a command', () => {
  it('appends what was decided, once per message', async () => {
    const { handle, key, names } = setUp();
    expect(await handle('a', { once: key })).toMatchObject({ kind: 'accepted', revision: 1n });
    expect(await handle('b')).toMatchObject({ revision: 2n });
    expect(await handle('a', { once: key })).toMatchObject({ kind: 'accepted', duplicate: true, events: [] });
    expect(await names()).toEqual(['a', 'b']);
  });

  it('does not decide on another revision than the expected one', async () => {
    const { handle, names } = setUp();
    await handle('a', { expected: 0n });
    await handle('b', { expected: 1n });
    await expect(handle('c', { expected: 1n })).rejects.toMatchObject({ attempts: 1 });
    await expect(handle('c', { expected: 1n })).rejects.toThrow(ConflictPersists);
    expect(await names()).toEqual(['a', 'b']);
  });

  it('lets a repeated request succeed although its own first try moved the revision', async () => {
    const { handle, key, names } = setUp();
    await handle('a', { expected: 0n, once: key });
    expect(await handle('a', { expected: 0n, once: key })).toMatchObject({ kind: 'accepted' });
    await handle('b', { expected: 1n });
    expect(await handle('a', { expected: 0n, once: key })).toMatchObject({ kind: 'accepted', duplicate: true });
    expect(await names()).toEqual(['a', 'b']);
  });

  it('lets a request under a key fail on a stale revision when it was never carried out', async () => {
    const { handle, key, names } = setUp();
    await handle('a');
    await expect(handle('b', { expected: 0n, once: key })).rejects.toThrow(ConflictPersists);
    expect(await names()).toEqual(['a']);
  });

  it('is content with a wish that is fulfilled already', async () => {
    const { handle } = setUp();
    await handle('a');
    expect(await handle('a', { expected: 0n })).toMatchObject({ kind: 'accepted', events: [], revision: 1n });
  });

  it('keeps no key of a rejected request: mended, it may be repeated', async () => {
    const { handle, key, names } = setUp();
    expect(await handle('', { once: key })).toMatchObject({ kind: 'rejected', reason: 'no-name' });
    expect(await handle('a', { once: key })).toMatchObject({ kind: 'accepted', revision: 1n });
    expect(await names()).toEqual(['a']);
  });

  it('keeps no key of what decided nothing when only news are to be kept, and appends news once', async () => {
    const { handle, key, names } = setUp();
    await handle('a');
    expect(await handle('a', { once: key, onlyNews: true })).toMatchObject({ events: [], revision: 1n });
    expect(await handle('b', { once: key, onlyNews: true })).toMatchObject({ revision: 2n });
    await handle('c');
    expect(await handle('b', { once: key, onlyNews: true })).toMatchObject({ duplicate: true, events: [] });
    expect(await names()).toEqual(['a', 'b', 'c']);
  });

  it('records a rejected message, which is never decided again', async () => {
    const { handle, key } = setUp();
    const once = { ...key, envelope: envelopeOf({ type: 'ItemRemoved', itemId, os: '12' }) };
    expect(await handle('', { once })).toMatchObject({ kind: 'rejected' });
    expect(await handle('', { once })).toMatchObject({ kind: 'accepted', duplicate: true });
  });
});

import { describe, expect, it } from '@jest/globals';
import { codec, type Codec, UnreadableEvent } from '@managed-os/contracts';
import { append, message, once, renamed } from './testing/contract/given.js';
import { rebuildFixture, seen } from './testing/rebuild-fixture.js';

/** A version of the service that cannot read some of what another one wrote. */
const cannotRead = (name: string): Codec => ({
  ...codec,
  decode: (type, json) => {
    if (type.endsWith(`.${name}`)) throw new UnreadableEvent(type, { cause: new Error('of another shape') });
    return codec.decode(type, json);
  },
});

describe('a projection whose log holds what this version cannot read', () => {
  const given = rebuildFixture();
  const { start, following, statusOf, until, rows, many } = given;

  it.each([
    ['an event', 'ItemRenamed', () => append({ events: [renamed('a')] }), 'managedos.library.v1.ItemRenamed'],
    [
      'a message',
      'ReleaseAnnounced',
      () => append({ events: [], once: once('library', undefined, { envelope: message() }) }),
      'a message for library',
    ],
  ])('folds what comes before %s, stays there and says where and why', async (_, name, entry, eventType) => {
    await many(3);
    await given.store.append(entry());
    await many(2);
    const older = start(seen(), given.fixture.store({ codec: cannotRead(name) }));
    await until(async () => ((await statusOf(older)).failure?.times ?? 0) > 1);
    expect(await statusOf(older)).toMatchObject({
      state: 'failing',
      position: 3n,
      failure: { position: 4n, eventType, message: expect.stringContaining('managedos.') },
    });
    expect(await rows()).toHaveLength(3);
    await older.stop();
    const newer = await following(seen());
    expect(await statusOf(newer)).toMatchObject({ state: 'following', position: 6n });
    expect(await rows()).toHaveLength(6);
  });
});

import { describe, expect, it } from '@jest/globals';
import { codec, createCodec, library, type Upcast } from '@managed-os/contracts';
import { compileContract } from '@managed-os/contracts/testing';
import { instant } from '@managed-os/kernel';
import { decodeEnvelope, encodeEnvelope, type StoredEvent, toEnvelope } from './stored.js';

// Tomorrow an item's name is a title.
const schemaOf = compileContract({
  'managedos/library/v2/items.proto': () => `
    syntax = "proto3";
    package managedos.library.v2;
    import "managedos/event/v1/event.proto";
    // An item got another title.
    message ItemRenamed {
      option (managedos.event.v1.visibility) = VISIBILITY_PUBLIC;
      string item_id = 1;
      string title = 2;
    }`,
});
const v1 = schemaOf('managedos.library.v1.ItemRenamed');
const v2 = schemaOf('managedos.library.v2.ItemRenamed');
const upcast: Upcast = { from: v1, to: v2, up: ({ itemId, name }) => ({ itemId, title: name }) };
const tomorrow = createCodec([...library.events.filter(({ typeName }) => typeName !== v1.typeName), v2], [upcast]);

const itemId = '5a3c9a4e-6a44-5a0e-8a39-3f3a6c0f8f11';
const stored = (type: string, data: object): StoredEvent => ({
  position: 7n,
  stream: `library_item-${itemId}`,
  revision: 2n,
  id: '01992f6a-9b40-7c11-8a77-5e4d3c2b1a09',
  type,
  time: instant(0),
  recordedAt: instant(1),
  metadata: '{"correlationId":"c","actor":"user:1"}',
  data: JSON.stringify(data),
});
const old = stored(v1.typeName, { itemId, name: 'Monterey' });
const newer = stored(v2.typeName, { itemId, title: 'Monterey' });
const asToday = { type: v2.typeName, data: { type: 'ItemRenamed', itemId, title: 'Monterey' } };

describe('what was stored by another version', () => {
  it('an older version of an event is read as the newest, and says so', () =>
    expect(toEnvelope(old, 'mos://library/e', tomorrow)).toMatchObject(asToday));

  it('a message that was decided upon in an older version is read as the newest, once it was written down as either', () => {
    const before = encodeEnvelope(toEnvelope(old, 'mos://library/e', codec));
    const after = encodeEnvelope(toEnvelope(old, 'mos://library/e', tomorrow));
    expect(decodeEnvelope(before, tomorrow)).toMatchObject(asToday);
    expect(decodeEnvelope(after, tomorrow)).toMatchObject(asToday);
  });

  it('a newer version of a known event is refused: it is not what its name was', () => {
    const complaint = expect.objectContaining({ code: 'unknown-version' });
    expect(() => toEnvelope(newer, 'mos://library/e', codec)).toThrow(complaint);
    const inbox = encodeEnvelope(toEnvelope(newer, 'mos://library/e', tomorrow));
    expect(() => decodeEnvelope(inbox, codec)).toThrow(complaint);
  });

  it('an event with a name of tomorrow is passed on as it stands', () =>
    expect(toEnvelope(stored('managedos.library.v1.ItemLent', { to: 'you' }), 'mos://library/e', codec)).toMatchObject({
      type: 'managedos.library.v1.ItemLent',
      data: { type: 'ItemLent', to: 'you' },
    }));
});

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type DescField, type DescMessage, getOption, hasOption, ScalarType } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import { contexts, entryOf, isInternal, subjectOf } from './catalogue.js';
import { parseStream } from './envelope.js';
import { codec, decodeEvent, encodeEvent } from './codec.js';
import { category, visibility, Visibility } from './gen/managedos/event/v1/event_pb.js';
import type { ManagedOsEvent } from './catalogue.js';
import { upcasts } from './upcasts.js';

const PROTO = path.resolve(import.meta.dirname, '../../../proto');

const all = Object.values(contexts).flatMap((context) =>
  context.events.map((schema: DescMessage) => ({ context: context.name, schema })),
);
const older = upcasts.map(({ from }) => from);
const known: readonly DescMessage[] = [...all.map(({ schema }) => schema), ...older];
const files = [...new Set(known.map(({ file }) => file))];
const snake = (name: string): string => name.replace(/(?<!^)([A-Z])/g, '_$1').toLowerCase();

const examples = (schema: DescMessage): string => path.join(PROTO, path.dirname(schema.file.proto.name), 'examples');
const exampleOf = (schema: DescMessage): string => path.join(examples(schema), `${snake(schema.name)}.json`);
const read = (file: string): { [key: string]: string } => JSON.parse(readFileSync(file, 'utf8'));

const within = (message: DescMessage, seen = new Set<DescMessage>()): ReadonlySet<DescMessage> => {
  for (const { message: part } of message.fields) {
    if (!part || seen.has(part)) continue;
    seen.add(part);
    within(part, seen);
  }
  return seen;
};

describe('the contract', () => {
  it('lists every event of the proto files in the catalogue, or among the upcasts', () => {
    const defined = files.flatMap((file) =>
      file.messages.filter((message) => hasOption(message, visibility)).map(({ typeName }) => typeName),
    );
    expect(known.map(({ typeName }) => typeName).toSorted()).toEqual(defined.toSorted());
  });

  it('gives every event a visibility', () =>
    expect(all.filter(({ schema }) => getOption(schema, visibility) === Visibility.UNSPECIFIED)).toEqual([]));

  it('says of every event which streams it belongs in, and by its first field in which of them', () => {
    for (const schema of known) {
      expect(parseStream(`${getOption(schema, category)}-x`)).toBeDefined();
      expect(schema.fields[0]).toMatchObject({
        number: 1,
        scalar: ScalarType.STRING,
        presence: FeatureSet_FieldPresence.IMPLICIT,
      });
    }
  });

  it('calls no two events by the same name', () =>
    expect(new Set(all.map(({ schema }) => schema.name)).size).toBe(all.length));

  const messages = files.flatMap((file) => file.messages);
  it.each(messages.map((message) => [message.typeName, message] as const))(
    '%s is honest JSON: no 64-bit numbers, bytes, enums, maps, oneofs, nothing within itself',
    (_, message) => {
      expect(within(message)).not.toContain(message);
      const dishonest = (field: DescField): boolean =>
        field.fieldKind === 'enum' ||
        field.fieldKind === 'map' ||
        field.oneof !== undefined ||
        (field.fieldKind === 'list' && field.listKind === 'enum') ||
        (field.fieldKind === 'message' && field.message.typeName.startsWith('google.')) ||
        (field.fieldKind === 'scalar' &&
          [
            ScalarType.BYTES,
            ScalarType.INT64,
            ScalarType.UINT64,
            ScalarType.FIXED64,
            ScalarType.SFIXED64,
            ScalarType.SINT64,
          ].includes(field.scalar));
      expect(message.fields.filter(dishonest).map(({ name }) => name)).toEqual([]);
      expect(message.fields.map(({ localName }) => localName)).not.toContain('type');
    },
  );
});

describe('stored examples', () => {
  it.each(all.map(({ schema }) => [schema.typeName, schema] as const))(
    '%s is still understood, and still written the same',
    (type, schema) => {
      const stored = read(exampleOf(schema));
      const event = decodeEvent(type, stored);
      expect(event).toEqual({ type: schema.name, ...stored });
      expect(JSON.parse(encodeEvent(event ?? { type: '' }).json)).toEqual(stored);
    },
  );

  it('of older versions are understood, and make events that may be written today', () => {
    for (const schema of older) {
      const decoded = codec.decode(schema.typeName, read(exampleOf(schema)));
      expect(encodeEvent(decoded?.data ?? { type: '' }).type).toBe(decoded?.type);
    }
  });

  it('lie beside the event that they are of, and nowhere else', () => {
    const folders = [...new Set(known.map(examples))];
    const lying = folders.flatMap((folder) => readdirSync(folder).map((file) => path.join(folder, file)));
    expect(lying.toSorted()).toEqual(known.map(exampleOf).toSorted());
  });
});

describe('producers are strict', () => {
  const opened = {
    type: 'TimerCancelled',
    deviceId: '5a3c9a4e-6a44-5a0e-8a39-3f3a6c0f8f11',
    timerId: '5a3c9a4e-6a44-5a0e-8a39-3f3a6c0f8f12',
    purpose: 'deadline',
  };

  it.each([
    ['a field that breaks its rule', { ...opened, deviceId: 'not-a-uuid' }, /device_id.*UUID/i],
    ['a missing field', { type: 'TimerCancelled', deviceId: opened.deviceId, timerId: opened.timerId }, /purpose/],
    ['an unknown field', { ...opened, colour: 'red' }, /colour/],
    ['a value of the wrong type', { ...opened, purpose: 7 }, /purpose/],
  ])('%s is refused by name', (_, event, complaint) => expect(() => encodeEvent(event)).toThrow(complaint));
});

describe('consumers are tolerant', () => {
  const type = 'managedos.deadlines.v1.TimerCancelled';

  it('ignores fields of a newer producer and fills in what an older one did not know', () =>
    expect(decodeEvent(type, { deviceId: 'd', colour: 'red' })).toEqual({
      type: 'TimerCancelled',
      deviceId: 'd',
      timerId: '',
      purpose: '',
    }));

  it('passes unknown words on', () =>
    expect(decodeEvent(type, { purpose: 'someday' })).toMatchObject({ purpose: 'someday' }));

  it('does not know a type of tomorrow', () =>
    expect(decodeEvent('managedos.deadlines.v9.Surprise', {})).toBeUndefined());

  it('says so when the JSON is not of the type', () =>
    expect(() => decodeEvent(type, { deviceId: 5 })).toThrow('cannot read an event of type'));
});

describe('subjects', () => {
  it('name context, token and event', () =>
    expect(subjectOf('DeadlineReached', '5a3c')).toBe('mos.deadlines.5a3c.deadline_reached'));

  it('keep internal events inside', () => {
    expect(isInternal(entryOf('TimerSet').schema)).toBe(true);
    expect(isInternal(entryOf('DeadlineReached' satisfies ManagedOsEvent['type']).schema)).toBe(false);
  });
});

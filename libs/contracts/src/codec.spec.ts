import { describe, expect, it } from '@jest/globals';
import type { DescMessage } from '@bufbuild/protobuf';
import { deadlines } from './catalogue.js';
import { createCodec } from './codec.js';
import { compileContract } from './testing/compile-contract.js';
import type { Upcast } from './upcasts.js';

// Tomorrow: the purpose of a cancelled timer got a better name; the day after it says by whom, too.
const message = (version: number, fields: string): string => `
  syntax = "proto3";
  package managedos.deadlines.v${version};
  import "buf/validate/validate.proto";
  import "managedos/event/v1/event.proto";
  // A policy timer will not fire.
  message TimerCancelled {
    option (managedos.event.v1.visibility) = VISIBILITY_INTERNAL;
    string device_id = 1 [(buf.validate.field).string.uuid = true];
    ${fields}
  }`;
const schemaOf = compileContract({
  'managedos/deadlines/v2/timers.proto': () =>
    message(2, 'string what_for = 2 [(buf.validate.field).string.min_len = 1];'),
  'managedos/deadlines/v3/timers.proto': () =>
    message(3, 'string what_for = 2 [(buf.validate.field).string.min_len = 1]; string by = 3;'),
});
const version = (n: number): string => `managedos.deadlines.v${n}.TimerCancelled`;
const [v1, v2, v3] = [version(1), version(2), version(3)] as const;

const toV2: Upcast = {
  from: schemaOf(v1),
  to: schemaOf(v2),
  up: ({ deviceId, purpose }) => ({ deviceId, whatFor: purpose }),
};
const toV3: Upcast = { from: schemaOf(v2), to: schemaOf(v3), up: (old) => ({ ...old, by: 'somebody' }) };
const others = deadlines.events.filter((schema: DescMessage) => schema.typeName !== v1);
const today = createCodec(deadlines.events, []);
const inTwoDays = createCodec([...others, schemaOf(v3)], [toV2, toV3]);

const stored = {
  deviceId: '5a3c9a4e-6a44-5a0e-8a39-3f3a6c0f8f11',
  timerId: '5a3c9a4e-6a44-5a0e-8a39-3f3a6c0f8f12',
  purpose: 'deadline',
};
const { deviceId } = stored;

describe('an older version of an event', () => {
  it.each([
    ['two versions ago', v1, stored, { whatFor: 'deadline', by: 'somebody' }],
    ['one version ago', v2, { deviceId, whatFor: 'countdown' }, { whatFor: 'countdown', by: 'somebody' }],
    ['today', v3, { deviceId, whatFor: 'countdown', by: 'me' }, { whatFor: 'countdown', by: 'me' }],
    ['before a field was there', v1, { deviceId }, { whatFor: '', by: 'somebody' }],
  ])('written %s is read as the newest', (_, type, json, expected) =>
    expect(inTwoDays.decode(type, json)).toEqual({ type: v3, data: { type: 'TimerCancelled', deviceId, ...expected } }),
  );

  it('is written no more', () => {
    const { type, json } = inTwoDays.encode({ ...{ type: 'TimerCancelled', deviceId }, ...{ whatFor: 'x', by: 'me' } });
    expect(type).toBe(v3);
    expect(JSON.parse(json)).toEqual({ deviceId, whatFor: 'x', by: 'me' });
    expect(() => inTwoDays.encode({ ...stored, type: 'TimerCancelled' })).toThrow(v3);
  });

  it('that its upcast cannot make sense of is unreadable, and named', () => {
    const strict = createCodec(
      [...others, schemaOf(v2)],
      [
        {
          ...toV2,
          up() {
            throw new TypeError('no purpose');
          },
        },
      ],
    );
    expect(() => strict.decode(v1, stored)).toThrow(
      expect.objectContaining({ code: 'unreadable-event', eventType: v1 }),
    );
  });
});

describe('a newer version of an event', () => {
  it('is not taken for the one that is known', () =>
    expect(() => today.decode(v3, { deviceId })).toThrow(
      expect.objectContaining({ code: 'unknown-version', eventType: v3 }),
    ));

  it('is told from an event whose name nobody knows', () => {
    expect(today.decode('managedos.deadlines.v1.TimerSnoozed', {})).toBeUndefined();
    expect(today.decode('managedos.library.v2.TimerCancelled', {})).toBeUndefined();
    expect(today.decode('TimerCancelled', {})).toBeUndefined();
  });
});

describe('upcasts that lead nowhere are found when the codec is made', () => {
  const stranger = schemaOf('managedos.deadlines.v1.TimerSet');
  it.each<[string, readonly DescMessage[], readonly Upcast[], RegExp]>([
    ['to a version that is not written', deadlines.events, [toV3], /neither written nor upcast/],
    ['from the version that is written', [...others, schemaOf(v2), schemaOf(v1)], [toV2], /needs no upcast/],
    ['back', [...others, schemaOf(v1)], [{ ...toV2, from: toV2.to, to: toV2.from }], /no later version/],
    ['to another event', [...others, schemaOf(v2)], [{ ...toV2, from: stranger }], /no later version/],
    ['twice', [...others, schemaOf(v2)], [toV2, toV2], /two upcasts/],
  ])('%s', (_, schemas, upcasts, complaint) => expect(() => createCodec(schemas, upcasts)).toThrow(complaint));
});

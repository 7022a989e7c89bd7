import { describe, expect, it } from '@jest/globals';
import {
  codec,
  contexts,
  deadlines,
  type Envelope,
  type Fact,
  isInternal,
  type ManagedOsEvent,
  subjectOf,
} from '@managed-os/contracts';
import { envelopeOf } from '@managed-os/contracts/testing';
import type { MsgHdrs } from '@nats-io/nats-core';
import { attribute, fromMessage, isPublic, toMessage } from './cloud-event.js';

const event: Fact<'CountdownEnded'> = {
  type: 'CountdownEnded',
  deviceId: '00000000-0000-4000-8000-000000000001',
  obligationId: '00000000-0000-4000-8000-000000000002',
  timerId: '00000000-0000-4000-8000-000000000003',
  dueAt: '2022-09-16T12:00:00.000Z',
  lateSeconds: 0,
};
const envelope: Envelope<typeof event> = envelopeOf(event, {
  causationId: '00000000-0000-7000-8000-00000000ca05',
  actor: 'user:Zoë "%" 50',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  position: 9_007_199_254_740_993n,
});
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('an event on the bus', () => {
  it('comes back as it went, with every attribute', () => {
    const message = toMessage(envelope);
    expect(fromMessage(message.headers, bytes(message.data), codec)).toEqual(envelope);
  });

  it('is a CloudEvent in binary mode: attributes in ASCII headers, data as the body, no second copy of the type', () => {
    const { data, headers: hdrs, subject } = toMessage(envelope);
    expect(subject).toBe('mos.deadlines.1.countdown_ended');
    expect(JSON.parse(data)).not.toHaveProperty('type');
    expect(hdrs.get('ce-specversion')).toBe('1.0');
    expect(hdrs.get('content-type')).toBe('application/json');
    expect(hdrs.get('traceparent')).toBe(envelope.traceparent);
    expect(hdrs.get('ce-actor')).toMatch(/^[\x21-\x7e]+$/);
    expect(attribute(hdrs, 'actor')).toBe(envelope.actor);
  });

  it('has the subject that contracts say, for every event', () => {
    for (const { events } of Object.values(contexts)) {
      for (const { name, typeName } of events) {
        const any: Envelope = { ...envelope, type: typeName, data: { type: name } };
        expect(toMessage(any).subject).toBe(subjectOf(name as ManagedOsEvent['type'], '1'));
      }
    }
  });

  it('leaves its store unless it is internal; one of a newer version does', () => {
    for (const schema of deadlines.events) {
      expect(isPublic(schema.typeName)).toBe(!isInternal(schema));
    }
    expect(isPublic('managedos.deadlines.v2.FromTomorrow')).toBe(true);
    expect(toMessage({ ...envelope, type: 'managedos.deadlines.v2.FromTomorrow' }).subject).toBe(
      'mos.deadlines.1.from_tomorrow',
    );
  });

  it('is nothing to this version when its name is unknown, and refused when only its version is', () => {
    const { headers: hdrs } = toMessage(envelope);
    hdrs.set('ce-type', 'managedos.deadlines.v2.FromTomorrow');
    expect(fromMessage(hdrs, bytes('{}'), codec)).toBeUndefined();
    hdrs.set('ce-type', 'managedos.deadlines.v2.CountdownEnded');
    expect(() => fromMessage(hdrs, bytes('{}'), codec)).toThrow(expect.objectContaining({ code: 'unknown-version' }));
  });

  it('comes in the version that is written today', () => {
    const message = toMessage(envelope);
    const v2 = { type: 'managedos.deadlines.v2.CountdownEnded', data: { type: 'CountdownEnded' } };
    const tomorrow = { ...codec, decode: () => v2 };
    expect(fromMessage(message.headers, bytes(message.data), tomorrow)).toEqual({ ...envelope, ...v2 });
  });

  it.each<[string, (hdrs: MsgHdrs) => Uint8Array | undefined]>([
    ['has no id', (hdrs) => (hdrs.delete('ce-id'), undefined)],
    ['has no type', (hdrs) => (hdrs.delete('ce-type'), undefined)],
    ['has a position that is no number', (hdrs) => (hdrs.set('ce-position', '1e3'), undefined)],
    ['has a time that is no instant', (hdrs) => (hdrs.set('ce-time', 'yesterday'), undefined)],
    ['has a body that is no JSON', () => bytes('{')],
    ['has a body that is no UTF-8', () => new Uint8Array([0xff, 0xfe])],
    ['has a body of another shape', () => bytes('{"lateSeconds":"soon"}')],
  ])('is unreadable when it %s', (_, spoil) => {
    const { headers: hdrs, data } = toMessage(envelope);
    const body = spoil(hdrs) ?? bytes(data);
    expect(() => fromMessage(hdrs, body, codec)).toThrow(expect.objectContaining({ code: 'unreadable-event' }));
  });
});

import { describe, expect, it } from '@jest/globals';
import { envelopeOf } from '@managed-os/contracts/testing';
import { instant } from '@managed-os/kernel';
import { ManualClock } from '@managed-os/kernel/testing';
import { reactionOf } from './reaction.js';
import { delivered } from './testing/delivered.js';
import { mac, reached } from './testing/events.js';

const message = delivered(envelopeOf(reached(mac(1), 0), { time: instant(5_000) }), { sequence: 7n, deliveries: 3 });

describe('a reaction', () => {
  it('has the same ids whenever the message comes, and others for another consumer or message', () => {
    const clock = new ManualClock(instant(9_000));
    const first = reactionOf(message, 'progress', clock);
    clock.advance(60_000);
    const again = reactionOf(message, 'progress', clock);
    expect([0, 1].map(again.cause.idOf)).toEqual([0, 1].map(first.cause.idOf));
    const ids = [
      first.cause.idOf(0),
      first.cause.idOf(1),
      reactionOf(message, 'other', clock).cause.idOf(0),
      reactionOf({ ...message, id: mac(5) }, 'progress', clock).cause.idOf(0),
    ];
    expect(new Set(ids).size).toBe(4);
  });

  it('names the message as its cause and keeps the correlation', () => {
    const { cause } = reactionOf(message, 'progress', new ManualClock(instant(9_000)));
    expect(cause).toMatchObject({
      causationId: message.id,
      correlationId: message.correlationId,
      actor: 'service:progress',
      time: instant(9_000),
    });
  });

  it('is never earlier than its cause', () => {
    expect(reactionOf(message, 'progress', new ManualClock(instant(1_000))).cause.time).toBe(instant(5_000));
  });

  it('is stored once, with the message that was decided upon', () => {
    const { once } = reactionOf(message, 'progress', new ManualClock(instant(9_000)));
    expect(once).toEqual({ consumer: 'progress', messageId: message.id, sequence: 7n, envelope: message });
  });
});

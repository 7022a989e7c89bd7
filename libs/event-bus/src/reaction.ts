import type { Envelope } from '@managed-os/contracts';
import type { Cause, Once } from '@managed-os/event-store';
import { type Clock, latest, reactionId } from '@managed-os/kernel';
import type { Delivered } from './cloud-event.js';
import { currentTraceparent } from './message-scope.js';

/**
 * Where the events come from that a consumer's handler appends in answer to a message: ids that a repeated delivery
 * repeats, the message as their cause, never earlier than it; and `once`, by which they are stored at most once.
 */
export const reactionOf = (
  message: Envelope | Delivered,
  consumer: string,
  clock: Pick<Clock, 'now'>,
): { readonly cause: Cause; readonly once: Once } => {
  const traceparent = currentTraceparent() ?? message.traceparent;
  return {
    cause: {
      correlationId: message.correlationId,
      causationId: message.id,
      actor: `service:${consumer}`,
      ...(traceparent && { traceparent }),
      time: latest(clock.now(), message.time),
      idOf: (index) => reactionId(message.id, consumer, index),
    },
    once: {
      consumer,
      messageId: message.id,
      ...('sequence' in message && { sequence: message.sequence }),
      envelope: message,
    },
  };
};

import type { Envelope } from '@managed-os/contracts';
import type { StoredEvent } from '@managed-os/event-store';
import type { EventAnswer } from './events.bodies.js';

type Metadata = Pick<Envelope, 'correlationId' | 'causationId' | 'actor' | 'traceparent'>;

/** An event as CloudEvents' JSON format writes it; `data` is what the store holds. */
export const cloudEventOf = (event: StoredEvent, source: string): EventAnswer => {
  const { correlationId, causationId, actor, traceparent } = JSON.parse(event.metadata) as Metadata;
  return {
    specversion: '1.0',
    id: event.id,
    source,
    type: event.type,
    subject: event.stream,
    time: event.time,
    recordedtime: event.recordedAt,
    revision: String(event.revision),
    position: String(event.position),
    correlationid: correlationId,
    causationid: causationId,
    actor,
    traceparent,
    datacontenttype: 'application/json',
    data: JSON.parse(event.data) as Readonly<Record<string, unknown>>,
  };
};

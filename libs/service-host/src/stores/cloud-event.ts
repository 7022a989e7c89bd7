import { attributesOf, type StoredEvent } from '@managed-os/event-store';
import type { EventAnswer } from './events.bodies.js';

/** An event as CloudEvents' JSON format writes it; `data` is what the store holds. */
export const cloudEventOf = (event: StoredEvent, source: string): EventAnswer => {
  const { id, type, subject, time, recordedAt, revision, position, correlationId, causationId, actor, traceparent } =
    attributesOf(event, source);
  return {
    specversion: '1.0',
    ...{ id, source, type, subject, time },
    recordedtime: recordedAt,
    revision: String(revision),
    position: String(position),
    correlationid: correlationId,
    causationid: causationId,
    ...{ actor, traceparent },
    datacontenttype: 'application/json',
    data: JSON.parse(event.data) as Readonly<Record<string, unknown>>,
  };
};

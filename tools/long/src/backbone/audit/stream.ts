import { isDeepStrictEqual } from 'node:util';
import { isInternal, schemaOfType, subjectOfType, tokenOf } from '@managed-os/contracts';
import type { Difference, EventRow, Message, StoreEvidence } from './evidence.js';

/** The stream holds the public events of its store and nothing else: once each, in position order, word for word. */
export const auditStream = (store: StoreEvidence, messages: readonly Message[]): readonly Difference[] => {
  const wrong = (rule: string, what: string): Difference => ({ rule, what: `${store.name}: ${what}` });
  const differences: Difference[] = [];
  const published = store.events.filter(isPublished);
  const expected = new Map(published.map((event) => [event.id, event]));
  const seen = new Set<string>();
  let position = 0;
  for (const message of messages) {
    const { id, sequence } = message;
    const event = expected.get(id);
    if (seen.has(id)) differences.push(wrong('an event is published once', `${id} again at sequence ${sequence}`));
    seen.add(id);
    if (!event) differences.push(wrong('only public events are published', `${id} at sequence ${sequence}`));
    else if (!isSame(store, event, message))
      differences.push(wrong('an event is published as it is stored', `${id} at sequence ${sequence}`));
    if (message.position < position)
      differences.push(wrong('the stream is in position order', `${message.position} after ${position}`));
    position = Math.max(position, message.position);
  }
  const lost = published.filter(({ id }) => !seen.has(id));
  return [
    ...differences,
    ...lost.map((event) => wrong('every public event is published', `${event.id} at ${event.position}`)),
  ];
};

const isPublished = ({ type }: EventRow): boolean => {
  const schema = schemaOfType(type);
  return schema === undefined || !isInternal(schema);
};

const isSame = ({ source }: StoreEvidence, event: EventRow, message: Message): boolean =>
  message.source === source &&
  message.type === event.type &&
  message.position === event.position &&
  message.revision === event.revision &&
  message.causationId === event.causationId &&
  message.subject === subjectOfType(event.type, tokenOf(event.stream)) &&
  isDeepStrictEqual(JSON.parse(message.body), JSON.parse(event.data));

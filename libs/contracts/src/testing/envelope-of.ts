import { type Instant, instant } from '@managed-os/kernel';
import { type ManagedOsEvent, entryOf } from '../catalogue.js';
import type { Envelope } from '../envelope.js';

/** An envelope around an event as a consumer would receive it. */
export const envelopeOf = <E extends ManagedOsEvent>(
  event: E,
  attributes: Partial<Omit<Envelope, 'data' | 'type'>> = {},
): Envelope<E> => {
  const { context, schema } = entryOf(event.type);
  const at: Instant = instant(0);
  return {
    id: '00000000-0000-7000-8000-00000000e000',
    source: `mos://${context.name}/test`,
    type: schema.typeName,
    subject: 'test-1',
    time: at,
    recordedAt: at,
    revision: 1n,
    position: 1n,
    correlationId: '00000000-0000-7000-8000-00000000c000',
    actor: 'test',
    ...attributes,
    data: event,
  };
};

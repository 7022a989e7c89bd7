import type { AnyEvent, Envelope } from '@managed-os/contracts';
import type { Delivered } from '../cloud-event.js';

/** An envelope as the bus would hand it to a handler. */
export const delivered = <E extends AnyEvent>(
  envelope: Envelope<E>,
  at: { readonly sequence?: bigint; readonly deliveries?: number } = {},
): Delivered<E> => ({ ...envelope, sequence: at.sequence ?? envelope.position, deliveries: at.deliveries ?? 1 });

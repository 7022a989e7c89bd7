import type { Envelope } from '@managed-os/contracts';
import { deviceUpdateWith, type UpdateEvent, type UpdateFact, type UpdateSettings } from '@managed-os/device-update';
import { type EventStore, type HandleContext, handler } from '@managed-os/event-store';

/** The category of the update streams, one per Mac. */
export const DEVICE_UPDATE = 'device_update';
/** Whose inbox holds the facts. */
export const CONSUMER = 'progress';

/** One fact of one Mac: load, decide, append, once per message. */
export type HandleFact = (message: Envelope<UpdateFact>, context: HandleContext) => Promise<void>;

export const handleFact = (store: EventStore<UpdateEvent>, settings: UpdateSettings): HandleFact => {
  const handle = handler(store, DEVICE_UPDATE, deviceUpdateWith(settings));
  return async ({ data: fact, time: at }, context) => {
    await handle(fact.deviceId, { fact, at }, context);
  };
};

import { deadlines, type DeadlinesEvent } from '@managed-os/contracts';
import { PgEventStore } from '@managed-os/event-store';
import { realTime } from '@managed-os/kernel';
import type { StoreDatabase } from '../database.js';

export type Store = PgEventStore<DeadlinesEvent>;

/** The store of `deadlines` as the service opens it. */
export const openStore = ({ serviceUrl, schema }: StoreDatabase): Store =>
  new PgEventStore({ databaseUrl: serviceUrl, schema, context: deadlines, clockReal: realTime });

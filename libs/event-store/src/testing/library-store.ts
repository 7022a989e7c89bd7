import { library, type LibraryEvent } from '@managed-os/contracts';
import { realTime } from '@managed-os/kernel';
import { PgEventStore, type PgEventStoreOptions } from '../pg-event-store.js';

export type LibraryStoreOptions = Pick<PgEventStoreOptions<LibraryEvent>, 'databaseUrl' | 'schema'> &
  Partial<PgEventStoreOptions<LibraryEvent>>;

/** A store as the contract wants it: of the library's events, a load may start at `ItemRenamed`. */
export const libraryStore = (options: LibraryStoreOptions): PgEventStore<LibraryEvent> =>
  new PgEventStore<LibraryEvent>({ context: library, opens: ['ItemRenamed'], clockReal: realTime, ...options });

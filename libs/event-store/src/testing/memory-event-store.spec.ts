import { library, type LibraryEvent } from '@managed-os/contracts';
import { describe } from '@jest/globals';
import { eventStoreContract } from './contract/event-store.contract.js';
import { MemoryEventStore } from './memory-event-store.js';

describe('MemoryEventStore', () =>
  eventStoreContract(() => {
    const store = new MemoryEventStore<LibraryEvent>({ context: library, opens: ['ItemRenamed'] });
    return Promise.resolve({ store, other: store, close: () => Promise.resolve() });
  }));

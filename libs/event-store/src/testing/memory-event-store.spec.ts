import { library, type LibraryEvent } from '@managed-os/contracts';
import { describe } from '@jest/globals';
import { eventStoreContract } from './contract/event-store.contract.js';
import { write } from './contract/writing.js';
import { MemoryEventStore } from './memory-event-store.js';

describe('MemoryEventStore', () =>
  eventStoreContract(() => {
    const store = new MemoryEventStore<LibraryEvent>({ context: library, opens: ['ItemRenamed'] });
    return Promise.resolve({
      store,
      other: store,
      write: async (writings) => void (await Promise.all(writings.map((writing) => write(store, writing)))),
      close: () => Promise.resolve(),
    });
  }));

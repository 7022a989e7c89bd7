import { type Answer, write, type Writing } from './contract/writing.js';
import { libraryStore } from './library-store.js';
import type { StoreAddress } from './writer-process.js';

// The program of `WriterProcess`: writes what it is sent, tells of each answer, ends. Without its parent it is nothing.
const tell = (what: Answer | 'ready'): void => void process.send?.(what);
process.once('disconnect', () => process.exit(1));

const store = libraryStore(JSON.parse(process.argv[2] ?? '') as StoreAddress);
process.once('message', (writing) => {
  void (async () => {
    await write(store, writing as Writing, tell);
    await store.close();
    process.exit(0);
  })();
});
await store.lastPosition();
tell('ready');

import { profiler } from '../measure/profiler.js';
import type { Watch, Watched } from './server.js';

// Loaded before a server's program, so that its parent can have it watched; see server.ts.
const own = profiler();
const obey = async (order: Watch): Promise<Watched> => {
  if (order === 'watch') await own.start();
  return order === 'watch' ? { watched: undefined } : { watched: await own.stop() };
};

process.on('message', (order) => {
  if (order === 'watch' || order === 'watched') void obey(order).then((answer) => process.send?.(answer));
});

import { type Contestant, NotInstalled } from './contestant.js';
import { openOf } from './contestants.js';
import { type Profiler, profiler } from './measure/profiler.js';
import type { Answer, Order } from './worker-process.js';

// One contestant in a process of its own; see worker-process.ts.
let contestant: Contestant | undefined;
let watcher: Profiler | undefined;

const obey = async (order: Order): Promise<Answer> => {
  switch (order.kind) {
    case 'open':
      contestant = await (await openOf(order.name))(order.place, order.load);
      return { kind: 'opened', pid: contestant.pid ?? process.pid };
    case 'round':
      if (!contestant) throw new Error('nobody is open');
      return { kind: 'rounded', round: await contestant.round() };
    case 'profile':
      watcher = contestant?.profiler ?? profiler();
      await watcher.start();
      return { kind: 'profiling' };
    case 'profiled':
      if (!watcher) throw new Error('nobody is watched');
      return { kind: 'profile', profile: await watcher.stop() };
    case 'close':
      await contestant?.close();
      return { kind: 'closed' };
  }
};

const failed = (error: unknown): Answer =>
  error instanceof NotInstalled
    ? { kind: 'missing', program: error.program }
    : { kind: 'failed', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) };

process.on('message', (order: Order) => {
  void obey(order)
    .catch(failed)
    .then((answer) => process.send?.(answer));
});
// A terminal's Ctrl-C reaches this process too; whoever started it ends it in order.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit());

import { Session } from 'node:inspector/promises';
import { type Contestant, NotInstalled } from './contestant.js';
import { openOf } from './contestants.js';
import type { Answer, Order } from './worker-process.js';

// One contestant in a process of its own; see worker-process.ts.
let contestant: Contestant | undefined;
let profiler: Session | undefined;

const obey = async (order: Order): Promise<Answer> => {
  switch (order.kind) {
    case 'open':
      contestant = await (await openOf(order.name))(order.place, order.load);
      return { kind: 'opened' };
    case 'round':
      if (!contestant) throw new Error('nobody is open');
      return { kind: 'rounded', round: await contestant.round() };
    case 'profile':
      profiler = new Session();
      profiler.connect();
      await profiler.post('Profiler.enable');
      await profiler.post('Profiler.start');
      return { kind: 'profiling' };
    case 'profiled':
      if (!profiler) throw new Error('nobody is watched');
      return { kind: 'profile', profile: (await profiler.post('Profiler.stop')).profile };
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

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Profiler } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import { type Contestant, type Load, NotInstalled, type Place, type Round } from './contestant.js';
import type { ContestantName } from './contestants.js';
import { defer } from './deferred.js';

export type Order =
  | { readonly kind: 'open'; readonly name: ContestantName; readonly place: Place; readonly load: Load }
  | { readonly kind: 'round' }
  | { readonly kind: 'profile' }
  | { readonly kind: 'profiled' }
  | { readonly kind: 'close' };

export type Answer =
  | { readonly kind: 'opened'; readonly pid: number }
  | { readonly kind: 'rounded'; readonly round: Round }
  | { readonly kind: 'profiling' }
  | { readonly kind: 'profile'; readonly profile: Profiler.Profile }
  | { readonly kind: 'closed' }
  | { readonly kind: 'missing'; readonly program: string }
  | { readonly kind: 'failed'; readonly reason: string };

export interface Worker extends Omit<Contestant, 'profiler'> {
  /** The process whose time counts. */
  readonly pid: number;
}

export interface WorkerProcess extends Worker {
  /** What its process does meanwhile. */
  profile(work: () => Promise<void>): Promise<Profiler.Profile>;
}

const HOOK = new URL('../../ts-hook.mjs', import.meta.url).href;
const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));

/** Opens a contestant in a process of its own. */
export const startWorker = async (name: ContestantName, place: Place, load: Load): Promise<WorkerProcess> => {
  const child = fork(WORKER, { execArgv: ['--conditions=@managed-os/source', '--import', HOOK] });
  const exited = once(child, 'exit');
  const close = async (): Promise<void> => {
    if (child.connected) child.disconnect();
    await exited;
  };
  let pid: number;
  try {
    const answer = await tell(child, { kind: 'open', name, place, load });
    if (answer.kind !== 'opened') throw new Error(`${name} answered ${answer.kind}`);
    pid = answer.pid;
  } catch (error) {
    await close();
    throw error;
  }
  return {
    pid,
    async round() {
      const answer = await tell(child, { kind: 'round' });
      if (answer.kind !== 'rounded') throw new Error(`${name} answered ${answer.kind}`);
      return answer.round;
    },
    async profile(work) {
      await tell(child, { kind: 'profile' });
      await work();
      const answer = await tell(child, { kind: 'profiled' });
      if (answer.kind !== 'profile') throw new Error(`${name} answered ${answer.kind}`);
      return answer.profile;
    },
    async close() {
      await tell(child, { kind: 'close' }).finally(close);
    },
  };
};

const tell = async (child: ChildProcess, order: Order): Promise<Answer> => {
  const answered = defer<Answer>();
  const onExit = (): void => answered.reject(new Error('the process of a contestant ended'));
  child.once('message', answered.resolve);
  child.once('exit', onExit);
  child.send(order, (error) => error && answered.reject(error));
  const answer = await answered.promise.finally(() => child.off('exit', onExit));
  if (answer.kind === 'missing') throw new NotInstalled(answer.program);
  if (answer.kind === 'failed') throw new Error(answer.reason);
  return answer;
};

import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Profiler as Inspector } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import { inherited } from '../config.js';
import type { Profiler } from '../measure/profiler.js';
import type { Say } from './says.js';

const HOOK = new URL('../../../ts-hook.mjs', import.meta.url).href;
const WATCHED = new URL('./watched.ts', import.meta.url).href;

export type Watch = 'watch' | 'watched';
export interface Watched {
  readonly watched: Inspector.Profile | undefined;
}

/** A server that has its process to itself. */
export interface Server {
  readonly pid: number;
  readonly url: string;
  /** What each of its Macs says; none where any will do. */
  readonly says: readonly Say[];
  readonly profiler: Profiler;
  ask<T>(order: string): Promise<T>;
  close(): Promise<void>;
}

/** Starts a program that says where it listens, and after that answers each order with one message. */
export const startServer = async (
  program: URL,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Server> => {
  const child = fork(fileURLToPath(program), args, {
    execArgv: ['--conditions=@managed-os/source', '--import', HOOK, '--import', WATCHED],
    env: { ...inherited(), ...env },
    serialization: 'advanced',
  });
  const ended = once(child, 'exit');
  const gone = ended.then((): never => {
    throw new Error('the process of a server ended');
  });
  gone.catch(() => undefined);
  const answer = async <T>(): Promise<T> => {
    const [said] = (await Promise.race([once(child, 'message'), gone])) as [T & { readonly failed?: string }];
    if (said.failed !== undefined) throw new Error(said.failed);
    return said;
  };
  const ask = <T>(order: string): Promise<T> => {
    child.send(order);
    return answer<T>();
  };
  const { url, says = [] } = await answer<{ readonly url: string; readonly says?: readonly Say[] }>();
  return {
    pid: child.pid ?? 0,
    url,
    says,
    profiler: {
      start: async () => void (await ask<Watched>('watch')),
      async stop() {
        const { watched } = await ask<Watched>('watched');
        if (!watched) throw new Error('nobody was watched');
        return watched;
      },
    },
    ask,
    async close() {
      child.disconnect();
      await ended;
    },
  };
};

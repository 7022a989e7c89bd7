import type { Profiler as Inspector } from 'node:inspector';
import { Session } from 'node:inspector/promises';

/** Watches what this process spends its time on. */
export interface Profiler {
  start(): Promise<void>;
  stop(): Promise<Inspector.Profile>;
}

export const profiler = (): Profiler => {
  const session = new Session();
  return {
    async start() {
      session.connect();
      await session.post('Profiler.enable');
      await session.post('Profiler.start');
    },
    async stop() {
      const { profile } = await session.post('Profiler.stop');
      session.disconnect();
      return profile;
    },
  };
};

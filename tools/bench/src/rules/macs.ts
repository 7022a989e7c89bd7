import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { inherited } from '../config.js';
import type { Open } from '../contestant.js';

const HOOK = new URL('../../../ts-hook.mjs', import.meta.url).href;
const PROGRAM = fileURLToPath(
  new URL('../../../../services/deadlines/src/testing/fleet-benchmark.ts', import.meta.url),
);

type Answer = { readonly millis: number } | { readonly failed: string };

/** The service of deadlines with a fleet of `load.events` Macs: store, read models and loops in one process, as it runs. */
const openMacs =
  (work: 'unchanged' | 'release' | 'preview' | 'timers'): Open =>
  async (place, { events: macs }) => {
    const child = fork(PROGRAM, [String(macs)], {
      execArgv: ['--conditions=@managed-os/source', '--import', HOOK],
      env: { ...inherited(), TEST_DATABASE_URL: place.databaseUrl },
    });
    const ended = once(child, 'exit');
    const answer = async (): Promise<number> => {
      const gone = ended.then((): never => {
        throw new Error('the process with the fleet ended');
      });
      const [said] = (await Promise.race([once(child, 'message'), gone])) as [Answer];
      if ('failed' in said) throw new Error(said.failed);
      return said.millis;
    };
    await answer();
    return {
      async round() {
        child.send(work);
        return { count: macs, millis: await answer() };
      },
      async close() {
        child.disconnect();
        await ended;
      },
    };
  };

export const openUnchanged = openMacs('unchanged');
export const openRelease = openMacs('release');
export const openPreview = openMacs('preview');
export const openTimers = openMacs('timers');

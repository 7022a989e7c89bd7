import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { PlanInput } from '@managed-os/enforcement';
import { realTime } from '@managed-os/kernel';
import type { Contestant, Open } from '../contestant.js';
import { defer } from '../deferred.js';
import { fleetOf } from './fleet.js';

const HOOK = new URL('../../../ts-hook.mjs', import.meta.url).href;
const MOS = fileURLToPath(new URL('../../../mos/src/main.ts', import.meta.url));

/** Lines that are written at once. */
const BLOCK = 500;
const NEWLINE = 10;

/** The same releases in another order: to whoever reads them, another catalogue. */
const reordered = (input: PlanInput, n: number): PlanInput => ({
  ...input,
  releases: input.releases.map((_, at, all) => all[(at + n) % all.length]).filter((release) => release !== undefined),
});

/** Every line has another catalogue than the one before. */
export const openUnlike: Open = (_, { events }) => open(events, fleetOf(Math.min(BLOCK, events)).map(reordered));

/** Every line has the same catalogue, as those of a fleet have. */
export const openAlike: Open = (_, { events }) => open(events, fleetOf(Math.min(BLOCK, events)));

/** One `mos plan --ndjson` that goes on from round to round; a round is over when each of its lines has its answer. */
const open = async (events: number, fleet: readonly PlanInput[]): Promise<Contestant> => {
  const child = spawn(
    process.execPath,
    ['--conditions=@managed-os/source', '--import', HOOK, MOS, 'plan', '--ndjson'],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const ended = once(child, 'exit');
  await once(child, 'spawn');
  const blocks = Array.from({ length: Math.ceil(events / BLOCK) }, (_none, at) => Math.min(BLOCK, events - at * BLOCK));
  const lines = fleet.map((input) => `${JSON.stringify(input)}\n`);
  const textOf = new Map([...new Set(blocks)].map((count) => [count, lines.slice(0, count).join('')]));

  return {
    async round() {
      const answered = defer<undefined>();
      let count = 0;
      const read = (chunk: Buffer): void => {
        for (const byte of chunk) if (byte === NEWLINE) count += 1;
        if (count >= events) answered.resolve(undefined);
      };
      const gone = (): void => answered.reject(new Error('mos plan ended before its input'));
      child.stdout.on('data', read);
      child.once('exit', gone);
      const began = realTime.elapsed();
      for (const block of blocks) if (!child.stdin.write(textOf.get(block))) await once(child.stdin, 'drain');
      await answered.promise;
      const millis = realTime.elapsed() - began;
      child.stdout.off('data', read);
      child.off('exit', gone);
      return { count, millis };
    },
    async close() {
      child.stdin.end();
      child.stdout.resume();
      await ended;
    },
  };
};

import { runJest } from './jest.js';
import { draw } from './random.js';
import type { Run } from './run.js';

const BODIES = 1_000_000;
const TEST_MS = 3_600_000;

export const fuzz: Run = {
  name: 'fuzz',
  summary: `${BODIES} mutated bodies for everything that reads what Macs send`,
  run: ({ seed }, say, ending) => {
    const number = Math.floor(draw(seed, 'fuzz') * 2 ** 31);
    say(`libs/apple-mdm, fuzz.spec.ts, ${BODIES} bodies, seed ${seed}`);
    const tests = { project: 'libs/apple-mdm', files: String.raw`fuzz\.spec\.ts$`, testMs: TEST_MS };
    return runJest({ ...tests, env: { MOS_FUZZ_BODIES: String(BODIES), MOS_FUZZ_SEED: String(number) } }, ending);
  },
};

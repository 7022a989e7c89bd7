import { realTime } from '../clock.js';

const LIMIT = 20_000;
const PAUSE = 10;

/** Waits until `condition` holds; fails after 20 real seconds, naming what it waited for. */
export const eventually = async (
  condition: () => boolean | Promise<boolean>,
  what = 'the condition',
): Promise<void> => {
  for (const began = realTime.elapsed(); !(await condition()); await realTime.sleep(PAUSE)) {
    if (realTime.elapsed() - began > LIMIT) throw new Error(`${what} did not come true in ${LIMIT / 1_000} s`);
  }
};

import { type RealTime, SystemClock } from '@managed-os/kernel';

/** Everything in this tool except the simulated clock itself lives in real time. */
export const real: RealTime = new SystemClock().real;

/** Resolves with the first answer of `probe` that is not undefined; `undefined` when there is none within `withinMs`. */
export const eventually = async <T>(
  probe: () => Promise<T | undefined> | T | undefined,
  withinMs: number,
  everyMs = 25,
): Promise<T | undefined> => {
  const end = real.elapsed() + withinMs;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined || real.elapsed() >= end) return answer;
    await real.sleep(everyMs);
  }
};

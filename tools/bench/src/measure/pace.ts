import { realTime } from '@managed-os/kernel';
import type { Round } from '../contestant.js';
import { quantile } from './statistics.js';

/**
 * So many calls, so many of them a second whether they are answered or not. A latency begins when its call is due: one that
 * had to wait for its turn has waited.
 */
export const pace = async (
  count: number,
  perSecond: number,
  call: (index: number) => Promise<void>,
): Promise<Round> => {
  const latencies: number[] = [];
  const calls: Promise<void>[] = [];
  const began = realTime.elapsed();
  const timed = async (index: number, due: number): Promise<void> => {
    await call(index);
    latencies.push(realTime.elapsed() - due);
  };
  for (let index = 0; index < count; index++) {
    const due = began + (index * 1_000) / perSecond;
    await realTime.sleep(due - realTime.elapsed());
    calls.push(timed(index, due));
  }
  await Promise.all(calls);
  return {
    count,
    millis: realTime.elapsed() - began,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
  };
};

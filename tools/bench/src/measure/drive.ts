import { realTime } from '@managed-os/kernel';
import type { Load, Round } from '../contestant.js';
import { quantile } from './statistics.js';

/** So many callers, each asking again as soon as it is answered, for the load's time; every call is timed. */
export const drive = async (
  { writers, millis }: Load,
  call: (writer: number) => Promise<number | void>,
): Promise<Round> => {
  const latencies: number[] = [];
  let count = 0;
  const began = realTime.elapsed();
  const caller = async (writer: number): Promise<void> => {
    for (let now = began; now - began < millis;) {
      const done = await call(writer);
      const answered = realTime.elapsed();
      latencies.push(answered - now);
      count += done ?? 1;
      now = answered;
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => caller(writer)));
  const took = realTime.elapsed() - began;
  return { count, millis: took, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) };
};

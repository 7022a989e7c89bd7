import { realTime } from '@managed-os/kernel';
import type { Load, Round } from '../contestant.js';
import { watchMemory } from './memory.js';

export const PAGE = 1_000;
/** A look costs as much as reading ten events. */
const LOOK_EVERY = 20_000;

/**
 * Pages in order until nothing is left (or, if the load has a time, until it is over); `count` is of what was folded.
 * `ahead`: the next page is on its way while this one is folded.
 */
export const replay = async <E>(
  { millis }: Load,
  ahead: boolean,
  read: (last: E | undefined) => Promise<readonly E[]>,
  fold: (event: E) => void,
): Promise<Round> => {
  const memory = watchMemory();
  const began = realTime.elapsed();
  let count = 0;
  let page = await read(undefined);
  while (page.length > 0 && (millis === 0 || realTime.elapsed() - began < millis)) {
    const last = page.at(-1);
    const next = ahead ? read(last) : undefined;
    for (const event of page) fold(event);
    count += page.length;
    if (count % LOOK_EVERY < page.length) memory.look();
    page = await (next ?? read(last));
  }
  return { count, millis: realTime.elapsed() - began, facts: memory.facts() };
};

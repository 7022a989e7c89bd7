import { LARGEST_PMV } from '@managed-os/apple-mdm';
import { addMillis, type Clock, type Instant } from '@managed-os/kernel';
import type { FeedSource } from './feed-source.js';
import { httpsGet } from './https-get.js';

const DAY = 86_400_000;
/** Bodies that had to be refused were whole again within the hour. */
const AFTER_REFUSAL = 3_600_000;
/** However fast a simulated clock runs, nobody is asked more often than this in real time. */
const LEAST_PAUSE = 60_000;
const TIMEOUT = 30_000;

export interface PmvOptions {
  readonly url: string;
  /** The only root that vouches for the service, as PEM. */
  readonly ca: string;
  readonly leastPauseMs?: number;
  readonly timeoutMs?: number;
}

/** Apple's service: at once, then every day by the clock, an hour after a body that was refused. */
export const feedPmv = (
  { url, ca, leastPauseMs = LEAST_PAUSE, timeoutMs = TIMEOUT }: PmvOptions,
  clock: Clock,
): FeedSource => {
  let last: Instant | undefined;
  let waited = true;
  return {
    name: 'pmv',
    async next({ refused, signal }) {
      if (last !== undefined && !waited) {
        const due = addMillis(last, refused ? AFTER_REFUSAL : DAY);
        await Promise.all([clock.sleepUntil(due, signal), clock.real.sleep(leastPauseMs, signal)]);
        waited = true;
      }
      if (signal.aborted) return undefined;
      const bytes = await httpsGet({ url, ca, largest: LARGEST_PMV, timeoutMs }, clock.real, signal);
      last = clock.now();
      waited = false;
      return { name: url, seen: last, bytes };
    },
  };
};

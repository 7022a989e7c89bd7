import { plan } from '@managed-os/enforcement';
import { realTime } from '@managed-os/kernel';
import type { Open } from '../contestant.js';
import { fleetOf } from './fleet.js';

const MACS = 10_000;

/** Plans the Macs of a fleet one after the other, as many times as the load says. */
export const openPlan: Open = (_, { events }) => {
  const fleet = fleetOf(Math.min(MACS, events));
  return Promise.resolve({
    round() {
      const began = realTime.elapsed();
      let count = 0;
      while (count < events)
        for (const input of fleet) {
          plan(input);
          count += 1;
          if (count === events) break;
        }
      return Promise.resolve({ count, millis: realTime.elapsed() - began });
    },
    close: () => Promise.resolve(),
  });
};

import { streamOf } from '@managed-os/event-bus';
import { realTime } from '@managed-os/kernel';
import type { Open } from '../contestant.js';
import { watchMemory } from '../measure/memory.js';
import { openBacklog } from './backlog.js';

/** A store full of events, and a stream that has none of them yet. */
export const openRelay: Open = async (place, load) => {
  const backlog = await openBacklog(place, load, 'bench_relay');
  return {
    async round() {
      await backlog.forget();
      const relay = backlog.newRelay();
      const memory = watchMemory();
      const began = realTime.elapsed();
      await relay.start();
      await relay.caughtUp();
      const millis = realTime.elapsed() - began;
      await relay.stop();
      const { state } = await backlog.jsm.streams.info(streamOf('deadlines'));
      if (state.messages !== load.events) throw new Error(`${state.messages} of ${load.events} events were relayed`);
      return { count: load.events, millis, facts: memory.facts() };
    },
    close: () => backlog.close(),
  };
};

import type { DeadlinesEvent } from '@managed-os/contracts';
import type { EventStore } from '@managed-os/event-store';

/** A store as a process has it that is killed after so many appends: whatever it commits then, nobody hears of. */
export const dyingAfter = (appends: number, store: EventStore<DeadlinesEvent>): EventStore<DeadlinesEvent> => {
  let left = appends;
  return new Proxy(store, {
    get(target, name) {
      if (name !== 'append') return Reflect.get(target, name, target).bind(target);
      return async (append: Parameters<typeof store.append>[0]) => {
        const outcome = await target.append(append);
        left -= 1;
        if (left < 0) throw new Error('killed');
        return outcome;
      };
    },
  });
};

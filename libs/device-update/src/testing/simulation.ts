import { type Instant, toMillis } from '@managed-os/kernel';
import { deviceUpdate, type UpdateInput } from '../decider.js';
import type { UpdateEvent, UpdateState } from '../state.js';

/** What is to come in a simulation. */
export interface World {
  /** Tells something at an instant, unless it was cancelled by its key, or there is nothing to tell by then. */
  soon(at: Instant, key: string, input: () => UpdateInput | undefined): void;
  cancel(of: (key: string) => boolean): void;
}

interface Pending {
  readonly at: Instant;
  readonly key: string;
  readonly input: () => UpdateInput | undefined;
}

export interface Life {
  readonly events: readonly UpdateEvent[];
  readonly state: UpdateState;
}

/** The decider and its world in the order of time: what its events lead to comes back as facts, until the Mac is compliant. */
export const simulate = (
  first: readonly UpdateInput[],
  react: (event: UpdateEvent, now: Instant, world: World) => void,
): Life => {
  let state: UpdateState = deviceUpdate.initial;
  const events: UpdateEvent[] = [];
  let pending: Pending[] = first.map((input) => ({ at: input.at, key: 'deadlines', input: () => input }));
  const world: World = {
    soon: (at, key, input) => void pending.push({ at, key, input }),
    cancel: (of) => {
      pending = pending.filter(({ key }) => !of(key));
    },
  };
  for (let steps = 0; pending.length > 0 && steps < 20_000; steps++) {
    pending = pending.toSorted((a, b) => toMillis(a.at) - toMillis(b.at));
    const [next, ...rest] = pending;
    pending = rest;
    const input = next?.input();
    if (!input) continue;
    const decision = deviceUpdate.decide(input, state);
    for (const event of decision.kind === 'accepted' ? decision.events : []) {
      state = deviceUpdate.evolve(state, event);
      events.push(event);
      react(event, input.at, world);
    }
    if (state.standing?.status === 'compliant') break;
  }
  return { events, state };
};

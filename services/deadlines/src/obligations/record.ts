import type { DeadlinesEvent } from '@managed-os/contracts';
import { type Cause, ConflictPersists, type EventStore, type Once } from '@managed-os/event-store';
import { obligations } from './obligations.decider.js';
import type { ObligationsInput } from './obligations.input.js';
import type { Obligations } from './obligations.state.js';

const ATTEMPTS = 5;

export const obligationsStream = (deviceId: string): string => `obligations-${deviceId}`;

/** A Mac's stream as somebody read it before. */
export interface StreamState {
  readonly state: Obligations;
  readonly revision: bigint;
}

/** To what it is, and once per which message. */
export interface Reaction {
  readonly cause: Cause;
  readonly once: Once;
}

/**
 * Decides and appends, at most once per `once`, which may depend on the revision that was decided on; what changes nothing is not recorded, so a fleet that a message leaves
 * alone costs no writes. What is `known` saves a load: the append says when it is old, and then the stream is read. A lost
 * race is decided again; throws `ConflictPersists` after 5 of them.
 */
export const record = async (
  store: EventStore<DeadlinesEvent>,
  input: ObligationsInput,
  reaction: Reaction | ((revision: bigint) => Reaction),
  known?: StreamState,
): Promise<void> => {
  const stream = obligationsStream(input.deviceId);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const { state, revision } = attempt === 1 && known ? known : await store.load(stream, obligations);
    const decision = obligations.decide(input, state);
    if (decision.kind === 'rejected' || decision.events.length === 0) return;
    const { cause, once } = typeof reaction === 'function' ? reaction(revision) : reaction;
    const expected = revision === 0n ? 'no-stream' : revision;
    const outcome = await store.append({ stream, expected, events: decision.events, cause, once });
    if (outcome.kind !== 'conflict') return;
  }
  throw new ConflictPersists(stream, ATTEMPTS);
};

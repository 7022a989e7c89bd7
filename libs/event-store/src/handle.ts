import type { AnyEvent } from '@managed-os/contracts';
import type { Decider, Decision } from '@managed-os/kernel';
import type { Cause, EventStore, Once } from './event-store.js';

/** Every attempt met a newer history; whoever called may try again later. */
export class ConflictPersists extends Error {
  override readonly name = 'ConflictPersists';
  readonly code = 'conflict-persists';

  constructor(
    readonly stream: string,
    readonly attempts: number,
  ) {
    super(`${stream} changed during each of ${attempts} attempts`);
  }
}

export interface HandleContext {
  readonly cause: Cause;
  readonly once?: Once;
  /** Decide only on this revision; a newer one is a conflict at once (If-Match). */
  readonly expected?: bigint;
}

/** What a handled input led to. `revision`: of the stream afterwards; `duplicate`: the message was handled before. */
export type Handled<E, R extends string> = Decision<E, R> & { readonly revision: bigint; readonly duplicate?: true };

const ATTEMPTS = 5;

/**
 * Load, decide, append. A lost race is decided again on the newer history, a duplicate is success.
 * A rejected input is recorded in the inbox when it came as a message, so that it is never decided twice.
 * Throws `ConflictPersists` after 5 lost races, or after the first when `expected` names a revision.
 */
export const handler =
  <I, E extends AnyEvent, S, R extends string>(store: EventStore<E>, category: string, decider: Decider<I, E, S, R>) =>
  async (id: string, input: I, { cause, once, expected }: HandleContext): Promise<Handled<E, R>> => {
    const stream = `${category}-${id}`;
    for (let attempt = 1; ; attempt++) {
      const { state, revision } = await store.load(stream, decider);
      if (expected !== undefined && expected !== revision) throw new ConflictPersists(stream, attempt);
      const decision = decider.decide(input, state);
      const events = decision.kind === 'accepted' ? decision.events : [];
      if (events.length === 0 && !once) return { ...decision, revision };
      const outcome = await store.append({
        stream,
        expected: revision === 0n ? 'no-stream' : revision,
        events,
        cause,
        ...(once && { once }),
      });
      if (outcome.kind === 'done') return { ...decision, revision: events.length > 0 ? outcome.revision : revision };
      if (outcome.kind === 'duplicate') return { kind: 'accepted', events: [], revision, duplicate: true };
      if (attempt === ATTEMPTS || expected !== undefined) throw new ConflictPersists(stream, attempt);
    }
  };

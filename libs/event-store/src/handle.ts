import type { AnyEvent } from '@managed-os/contracts';
import type { Decider, Decision } from '@managed-os/kernel';
import type { Cause, EventStore, ExpectedRevision, Once } from './event-store.js';

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
  /** An input that decides nothing leaves no entry in the inbox: for facts that come all the time and are seldom news. */
  readonly onlyNews?: true;
  /** Decide only on this revision; a newer one is a conflict at once (If-Match). */
  readonly expected?: bigint;
}

/** What a handled input led to. `revision`: of the stream afterwards; `duplicate`: the message was handled before. */
export type Handled<E, R extends string> = Decision<E, R> & { readonly revision: bigint; readonly duplicate?: true };

const ATTEMPTS = 5;

/**
 * Load, decide, append. A lost race is decided again on the newer history, a duplicate is success.
 * A rejected message (`once.envelope`) is recorded in the inbox, so that it is never decided twice; a rejected request is
 * not, so that its sender may mend what was wrong and repeat it under the same key.
 * Throws `ConflictPersists` after 5 lost races. With `expected`, after the first; but a request that was carried out
 * before, or whose wish is fulfilled already, succeeds on whatever revision (RFC 9110, 13.1.1), and a rejection comes first.
 */
export const handler =
  <I, E extends AnyEvent, S, R extends string>(store: EventStore<E>, category: string, decider: Decider<I, E, S, R>) =>
  async (id: string, input: I, { cause, once, onlyNews, expected }: HandleContext): Promise<Handled<E, R>> => {
    const stream = `${category}-${id}`;
    for (let attempt = 1; ; attempt++) {
      const { state, revision } = await store.load(stream, decider);
      const decision = decider.decide(input, state);
      if (decision.kind === 'rejected' && !once?.envelope) return { ...decision, revision };
      const events = decision.kind === 'accepted' ? decision.events : [];
      const stale = expected !== undefined && expected !== revision;
      if (events.length === 0 && (stale || !once || onlyNews)) return { ...decision, revision };
      if (stale && !once) throw new ConflictPersists(stream, attempt);
      const outcome = await store.append({
        stream,
        expected: revisionOf(stale ? expected : revision),
        events,
        cause,
        ...(once && { once }),
      });
      if (outcome.kind === 'done') return { ...decision, revision: events.length > 0 ? outcome.revision : revision };
      if (outcome.kind === 'duplicate') return { kind: 'accepted', events: [], revision, duplicate: true };
      if (attempt === ATTEMPTS || expected !== undefined) throw new ConflictPersists(stream, attempt);
    }
  };

const revisionOf = (revision: bigint): ExpectedRevision => (revision === 0n ? 'no-stream' : revision);

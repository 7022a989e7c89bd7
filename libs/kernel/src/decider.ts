/** A decision that stands: the events it makes, possibly none (the input was a repeat or changes nothing). */
export interface Accepted<E> {
  readonly kind: 'accepted';
  readonly events: readonly E[];
}

/** A business "no": a code of the decider's own union, with the facts a person needs to understand it. */
export interface Rejected<R extends string> {
  readonly kind: 'rejected';
  readonly reason: R;
  readonly facts: Readonly<Record<string, unknown>>;
}

export type Decision<E, R extends string = never> = Accepted<E> | Rejected<R>;

/**
 * The rule of one stream. Both functions are pure: no clock, no ids, no input or output, no throw.
 * `decide` accepts a repeated input with no events; `evolve` returns a new state and never changes the old one.
 */
export interface Decider<I, E, S, R extends string = never> {
  readonly initial: S;
  decide(input: I, state: S): Decision<E, R>;
  evolve(state: S, event: E): S;
}

export const accept = <E>(...events: readonly E[]): Accepted<E> => ({ kind: 'accepted', events });

export const reject = <R extends string>(reason: R, facts: Readonly<Record<string, unknown>> = {}): Rejected<R> => ({
  kind: 'rejected',
  reason,
  facts,
});

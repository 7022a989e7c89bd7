import { deepStrictEqual, strictEqual } from 'node:assert';
import type { Decider } from '../decider.js';

const frozen = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
};

/** Given-when-then for a decider. The history and every state are frozen: a decider that changes them fails. */
export const specify =
  <I, E, S, R extends string>(decider: Decider<I, E, S, R>) =>
  (...history: readonly (E | readonly E[])[]) => {
    const state = (history.flat() as E[]).reduce(
      (s, e) => frozen(decider.evolve(s, frozen(e))),
      frozen(decider.initial),
    );
    const accepted = (input: I): readonly E[] => {
      const decision = decider.decide(frozen(input), state);
      if (decision.kind === 'rejected')
        throw new Error(`rejected: ${decision.reason} ${JSON.stringify(decision.facts)}`);
      return frozen(decision.events);
    };
    return {
      state,
      when: (input: I) => ({
        then: (...events: readonly E[]): void => deepStrictEqual(accepted(input), events),
        thenNothing: (): void => deepStrictEqual(accepted(input), []),
        thenMatching: (check: (events: readonly E[], after: S) => void): void => {
          const events = accepted(input);
          check(
            events,
            events.reduce((s, e) => frozen(decider.evolve(s, e)), state),
          );
        },
        thenRejected: (reason: R): void => {
          const decision = decider.decide(frozen(input), state);
          strictEqual(decision.kind === 'rejected' ? decision.reason : 'accepted', reason);
        },
      }),
    };
  };

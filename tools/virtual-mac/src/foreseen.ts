import type { Failure, Mac } from './fleet.js';
import type { MacState } from './state.js';

/** The next failure that the fleet file foresees for this action, with one fewer to come. */
export const foreseen = (
  mac: Mac,
  state: MacState,
  action: Failure['action'],
  isMeant: (failure: Failure) => boolean = () => true,
): { readonly failure: Failure; readonly state: MacState } | undefined => {
  const index = mac.failures.findIndex(
    (entry, i) => entry.action === action && isMeant(entry) && (state.failuresLeft[i] ?? 0) > 0,
  );
  const failure = mac.failures[index];
  if (!failure) return undefined;
  const failuresLeft = state.failuresLeft.map((left, i) => (i === index ? left - 1 : left));
  return { failure, state: { ...state, failuresLeft } };
};

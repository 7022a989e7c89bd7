/**
 * What became of a message. `done`: handled, or nothing to do; it is acknowledged. `retry`: later, in its place in the
 * Mac's order. `dead`: never by itself; it is stored as a dead letter and its Mac is parked for this consumer.
 */
export type Settlement =
  | { readonly kind: 'done' }
  | { readonly kind: 'retry'; readonly afterMs?: number }
  | { readonly kind: 'dead'; readonly reason: string };

export const done: Settlement = { kind: 'done' };

/** Without `afterMs` the back-off list decides. Counts as a try. */
export const retry = (afterMs?: number): Settlement =>
  afterMs === undefined ? { kind: 'retry' } : { kind: 'retry', afterMs };

export const dead = (reason: string): Settlement => ({ kind: 'dead', reason });

export const isSettlement = (value: unknown): value is Settlement =>
  typeof value === 'object' &&
  value !== null &&
  'kind' in value &&
  ['done', 'retry', 'dead'].includes(String(value.kind));

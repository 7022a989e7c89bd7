import { auditAppends } from './appends.js';
import { auditEffects } from './effects.js';
import type { Difference, Evidence } from './evidence.js';
import { auditProjection } from './projections.js';
import { auditStore } from './store.js';
import { auditStream } from './stream.js';

/** Compares what was asked for, both stores, both streams, effects and projections. Empty when every promise was kept. */
export const audit = (evidence: Evidence): readonly Difference[] => [...auditAppends(evidence), ...auditFlow(evidence)];

/** The same without asking where the first store's events come from. */
export const auditFlow = (evidence: Evidence): readonly Difference[] => {
  const { first, firstStream, second, secondStream, openLetters, parked } = evidence;
  return [
    ...auditStore(first),
    ...auditStore(second),
    ...auditStream(first, firstStream),
    ...auditStream(second, secondStream),
    ...auditEffects(evidence),
    ...auditProjection(first),
    ...auditProjection(second, 'progress'),
    ...openLetters.map((what) => ({ rule: 'no dead letter is open', what })),
    ...parked.map((what) => ({ rule: 'no Mac is parked', what })),
  ];
};

import { tokenOf } from '@managed-os/contracts';
import { tallyUp } from '../tally.js';
import type { Difference, StoreEvidence } from './evidence.js';

/** The rows of a projection are a fold of its log: own events and, where it names a consumer, that inbox. */
export const auditProjection = (store: StoreEvidence, consumer?: string): readonly Difference[] => {
  const messages = store.inbox.filter((row) => row.consumer === consumer && row.subject !== undefined);
  const entries = [
    ...store.events.map(({ position, stream, id }) => ({ position, token: tokenOf(stream), id })),
    ...messages.map(({ position, subject = '', messageId }) => ({ position, token: tokenOf(subject), id: messageId })),
  ].toSorted((a, b) => a.position - b.position);
  const rows = new Map(store.tallies.map((tally) => [tally.token, tally]));
  const folded = tallyUp(entries);
  const differences = folded.flatMap(({ token, entries: wanted, chain }): Difference[] => {
    const row = rows.get(token);
    rows.delete(token);
    if (row?.chain === chain && row.entries === wanted) return [];
    return [
      {
        rule: 'a projection is the fold of its log',
        what: `${store.name}: ${token} has ${row?.entries ?? 0} entries of ${wanted}${row?.entries === wanted ? ', not these' : ''}`,
      },
    ];
  });
  const surplus = [...rows.keys()].map((token) => ({
    rule: 'a projection is the fold of its log',
    what: `${store.name}: ${token} has a row and no entries`,
  }));
  return [...differences, ...surplus];
};

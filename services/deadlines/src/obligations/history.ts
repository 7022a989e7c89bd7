import type { DeadlinesEvent, Envelope } from '@managed-os/contracts';
import type { Instant } from '@managed-os/kernel';
import { obligations } from './obligations.decider.js';

/** One obligation from its opening to its end. */
export interface HistoryEntry {
  readonly obligationId: string;
  readonly itemId: string;
  readonly version: string;
  /** `policy`, or the release. */
  readonly openedBy: string;
  readonly openedAt: Instant;
  /** The event that led to it, in another service or here. */
  readonly openedBecause: string | null;
  readonly deadline: string;
  /** Each move of the deadline. */
  readonly moves: readonly {
    readonly at: Instant;
    readonly from: string;
    readonly to: string;
    readonly because: string;
  }[];
  readonly closedAt: Instant | null;
  /** `discharged`, `withdrawn`; null while it is open. */
  readonly outcome: string | null;
  /** The version that discharged it. */
  readonly observedVersion: string | null;
  /** Whether it makes the Mac's deadline now. */
  readonly binding: boolean;
}

/** Everything that one Mac ever owed, in the order in which it was opened: a fold of its stream. */
export const historyOf = (events: readonly Envelope<DeadlinesEvent>[]): readonly HistoryEntry[] => {
  const entries = new Map<string, HistoryEntry>();
  const change = (id: string, changed: (entry: HistoryEntry) => HistoryEntry): void => {
    const entry = entries.get(id);
    if (entry) entries.set(id, changed(entry));
  };
  for (const { data, time: at, causationId } of events) {
    switch (data.type) {
      case 'ObligationOpened': {
        const { obligationId, itemId, version, openedBy, deadline } = data;
        entries.set(obligationId, {
          ...{ obligationId, itemId, version, openedBy, deadline },
          ...{ openedAt: at, openedBecause: causationId ?? null, moves: [] },
          ...{ closedAt: null, outcome: null, observedVersion: null, binding: false },
        });
        break;
      }
      case 'ObligationRescheduled': {
        const move = { at, from: data.previousDeadline, to: data.deadline, because: data.because ?? 'policy' };
        change(data.obligationId, (e) => ({ ...e, deadline: data.deadline, moves: [...e.moves, move] }));
        break;
      }
      case 'ObligationClosed': {
        const { outcome, observedVersion } = data;
        change(data.obligationId, (e) => ({ ...e, closedAt: at, outcome, observedVersion: observedVersion ?? null }));
        break;
      }
      default:
    }
  }
  const [binding] = events.reduce((state, { data }) => obligations.evolve(state, data), obligations.initial).open;
  if (binding) change(binding.obligationId, (entry) => ({ ...entry, binding: true }));
  return [...entries.values()];
};

/** How far the relay is: everything up to `position` is in the stream, whose last sequence was `sequence` then. */
export interface Note {
  /** Which life of the store it speaks of; empty when nothing was ever noted. */
  readonly epoch: string;
  readonly position: bigint;
  readonly sequence: bigint;
}

/** The stream as it is. */
export interface Tail {
  readonly lastSequence: bigint;
  /** Whether messages leave it by age, so that an empty one may be in order. */
  readonly expires: boolean;
  /** Somebody removed messages of it, before or between others, although they stay for ever. */
  readonly cut: boolean;
  /** Its last message; absent when none is left. */
  readonly last?: {
    readonly sequence: bigint;
    readonly position: bigint;
    readonly id: string;
    readonly source: string;
  };
}

export type RefusalReason = 'stream-lost' | 'stream-emptied' | 'stream-cut' | 'other-epoch' | 'histories-parted';

export type Reconciled =
  | { readonly kind: 'go'; readonly note: Note; readonly how: 'equal' | 'ahead' | 'behind' | 'new' }
  | { readonly kind: 'refuse'; readonly reason: RefusalReason };

/**
 * Where the relay goes on, from its note and what the stream says: the stream wins. `source` is the store's own,
 * `storedId` the id of the store's event at the position that the stream's last message names.
 * Refuses when stream and store are not of one history, or when what was published is gone.
 */
export const reconcile = (
  note: Note,
  tail: Tail | undefined,
  source: string,
  storedId: string | undefined,
): Reconciled => {
  const epoch = source.slice(source.lastIndexOf('/') + 1);
  const go = (how: 'equal' | 'ahead' | 'behind' | 'new', position: bigint, sequence: bigint): Reconciled => ({
    kind: 'go',
    how,
    note: { epoch, position, sequence },
  });
  if (note.epoch !== '' && note.epoch !== epoch) return { kind: 'refuse', reason: 'other-epoch' };
  if (!tail) {
    return note.sequence > 0n ? { kind: 'refuse', reason: 'stream-lost' } : go('new', note.position, 0n);
  }
  const { last, lastSequence } = tail;
  if (!last) {
    // Nothing of ours was ever in it (position counts internal events too), it was reseeded, or all of it grew old.
    if (note.sequence === 0n) return go('new', note.position, lastSequence);
    if (note.sequence === lastSequence && note.position === 0n) return go('new', 0n, lastSequence);
    if (note.sequence === lastSequence && tail.expires) return go('equal', note.position, lastSequence);
    return { kind: 'refuse', reason: lastSequence === 0n ? 'stream-lost' : 'stream-emptied' };
  }
  if (last.source !== source) return { kind: 'refuse', reason: 'other-epoch' };
  // A position that the store does not have, or has for another event: one of the two was restored from the past.
  if (last.id !== storedId) return { kind: 'refuse', reason: 'histories-parted' };
  if (tail.cut) return { kind: 'refuse', reason: 'stream-cut' };
  if (lastSequence === note.sequence) {
    // The note may be further than the last message: what followed it was internal.
    return go('equal', note.position > last.position ? note.position : last.position, lastSequence);
  }
  return go(lastSequence > note.sequence ? 'ahead' : 'behind', last.position, lastSequence);
};

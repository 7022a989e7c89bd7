import type { AnyEvent } from '@managed-os/contracts';
import type { PgEventStore } from '@managed-os/event-store';
import { addMillis, type Instant } from '@managed-os/kernel';
import type { JetStreamManager, StreamInfo } from '@nats-io/jetstream';
import type { Reconciled, RefusalReason } from './reconcile.js';
import type { RelayNote } from './relay-note.js';
import { retentionOf, streamOf } from './streams.js';

/** Store and stream fit: there is nothing to mend. */
export class NothingToReseed extends Error {
  override readonly name = 'NothingToReseed';
  readonly code = 'nothing-to-reseed';

  constructor(readonly context: string) {
    super(`stream ${streamOf(context)} and the event store are of one history: there is nothing to reseed`);
  }
}

/** Another process reseeds this stream at the moment. */
export class ReseedUnderWay extends Error {
  override readonly name = 'ReseedUnderWay';
  readonly code = 'reseed-under-way';

  constructor(readonly context: string) {
    super(`stream ${streamOf(context)} is being reseeded by another process`);
  }
}

/** What a reseed has set going. */
export interface Reseeded {
  readonly reason: RefusalReason;
  readonly epoch: string;
  /** The store lives another life from here on: what was published under the old one is not all in it. */
  readonly newEpoch: boolean;
  /** Events after this position are published again, in order … */
  readonly after: bigint;
  /** … up to here and beyond. */
  readonly upTo: bigint;
  /** How many messages the stream held, and holds no longer. */
  readonly removed: number;
}

export interface ReseedOptions {
  readonly context: string;
  readonly jsm: JetStreamManager;
  readonly store: Pick<PgEventStore<AnyEvent>, 'readEvents' | 'epoch' | 'beginEpoch' | 'lastPosition'>;
  readonly notes: RelayNote;
  /** Real time. */
  readonly now: Instant;
  /** Whether stream and store fit, as of now. */
  readonly reconciled: () => Promise<Reconciled>;
  /** Makes the stream when it is gone. */
  readonly ensure: () => Promise<StreamInfo>;
  /** Has the service read again what others published. */
  readonly reread: () => Promise<unknown>;
}

/** The stream knows the store in another life: one of them comes from a dump, or was made anew. */
const isOfAnotherLife = (reason: RefusalReason): boolean => reason === 'histories-parted' || reason === 'other-epoch';

/**
 * A store of another life begins a new epoch, and its service reads again: it may have acknowledged messages of which it
 * knows nothing any more. Then the note is written, and the stream is emptied last: whoever crashes before that leaves one
 * that does not fit, so every relay still refuses, and the reseed is repeated from its beginning. Emptied, not deleted:
 * sequences go on, so no durable is ahead of its stream.
 */
export const reseed = async (options: ReseedOptions): Promise<Reseeded> => {
  const { context, jsm, store, notes, now } = options;
  const found = await options.reconciled();
  if (found.kind === 'go') throw new NothingToReseed(context);
  const newEpoch = isOfAnotherLife(found.reason);
  const epoch = newEpoch ? await store.beginEpoch() : await store.epoch();
  if (newEpoch) await options.reread();
  const { state } = await options.ensure();
  const retention = retentionOf(context);
  const after = retention === undefined ? 0n : await lastBefore(store, addMillis(now, -retention));
  await notes.write({ epoch, position: after, sequence: BigInt(state.last_seq) });
  await jsm.streams.purge(streamOf(context));
  return { reason: found.reason, epoch, newEpoch, after, upTo: await store.lastPosition(), removed: state.messages };
};

/** The last position whose event was recorded before an instant, by halving: events are recorded in position order. */
export const lastBefore = async (
  store: Pick<ReseedOptions['store'], 'readEvents' | 'lastPosition'>,
  at: Instant,
): Promise<bigint> => {
  let [low, high] = [0n, await store.lastPosition()];
  while (low < high) {
    const middle = (low + high + 1n) / 2n;
    // Positions of messages hold no event: the next event speaks for them.
    const [next] = await store.readEvents(middle - 1n, 1);
    if (next && next.recordedAt < at) low = middle;
    else high = middle - 1n;
  }
  return low;
};
